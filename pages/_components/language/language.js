// The language of the page, which Streamlit always calls English.

export default function mount({ data }) {
  document.documentElement.lang = data.language;
}
