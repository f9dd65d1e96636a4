"""The only Streamlit glue: state and URL, caches, widgets, charts, and the error boundary."""
