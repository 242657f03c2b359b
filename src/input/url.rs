//! URLs to one form for one page: what serves as an id where a record has none.
//!
//! Scheme, `www.`, default port, fragment, trailing slash and tracking parameters do not make another page; the order
//! of the other parameters does not either.

use url::Url;

/// Parameters that say how a reader came, not what he reads; names that end with `_` are prefixes.
const TRACKING: [&str; 18] = [
    "utm_", "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "cmpid",
    "ocid", "ncid", "smid", "ftag", "_ga", "ref_src",
];

/// The canonical form of `url`, or `None` if it is no web address.
pub fn canonical(url: &str) -> Option<String> {
    let parsed = of_the_web(url)?;
    let host = site(&parsed)?;
    let port =
        parsed.port().filter(|&port| port != 80 && port != 443).map(|port| format!(":{port}")).unwrap_or_default();
    let path = parsed.path().trim_end_matches('/');
    let mut parameters: Vec<&str> = parsed
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|parameter| !parameter.is_empty() && !tracks(parameter))
        .collect();
    parameters.sort_unstable();
    let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    Some(format!("https://{host}{port}{path}{query}"))
}

/// The host of a web address, by one name for one site.
pub fn host(url: &str) -> Option<String> {
    if url.is_empty() {
        return None;
    }
    site(&of_the_web(url)?).map(str::to_owned)
}

fn of_the_web(url: &str) -> Option<Url> {
    Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn site(url: &Url) -> Option<&str> {
    Some(url.host_str()?.trim_start_matches("www."))
}

fn tracks(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or(parameter).to_ascii_lowercase();
    TRACKING.iter().any(|known| if known.ends_with('_') { name.starts_with(known) } else { name == *known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_page_one_form() {
        for url in [
            "https://example.org/a/b?id=3&x=1",
            "http://www.example.org:80/a/b/?x=1&id=3#top",
            " HTTPS://EXAMPLE.ORG/a/b?utm_source=x&x=1&id=3&fbclid=z",
        ] {
            assert_eq!(canonical(url).as_deref(), Some("https://example.org/a/b?id=3&x=1"), "{url}");
        }
        assert_eq!(canonical("https://example.org:8080").as_deref(), Some("https://example.org:8080"));
        assert_eq!(canonical("ftp://example.org/x"), None);
        assert_eq!(canonical("not a url"), None);
        assert_eq!(host("http://WWW.Example.org:8080/a?b").as_deref(), Some("example.org"));
        assert_eq!((host(""), host("mailto:a@example.org")), (None, None));
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own(path in "[a-zA-Z0-9/.%?&=#:-]{0,40}") {
            if let Some(form) = canonical(&format!("http://www.Example.org/{path}")) {
                prop_assert_eq!(canonical(&form), Some(form.clone()));
            }
        }
    }
}
