"""Forms for the field: the sheet on paper, the workbook with drop-downs, the form for phones."""
