//! stub
pub fn render(text: &str) -> String { text.into() }
