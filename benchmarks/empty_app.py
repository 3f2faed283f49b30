"""The empty page of benchmarks/map.py: imports what a map needs and shows one line of text. Run by Streamlit."""

import folium
import geopandas as gpd
import streamlit as st

st.write(f"empty page: geopandas {gpd.__version__}, folium {folium.__version__}")
