"""What the pages share; with pages/ and app.py the only part that knows Streamlit."""
