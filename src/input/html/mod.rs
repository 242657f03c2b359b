//! Stub.
#[derive(Default)]
pub(super) struct Extractor;
#[derive(Default)]
pub(super) struct Page {
    pub title: String,
    pub text: String,
    pub published: String,
    pub source: String,
    pub lang: String,
}
impl Extractor {
    pub(super) fn page(&mut self, body: &[u8], _: Option<&str>, _: &str) -> Page {
        Page { text: String::from_utf8_lossy(body).into_owned(), ..Page::default() }
    }
}
