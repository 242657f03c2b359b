//! URLs to one form for one page: what serves as an id where a record has none, and tells which documents are of one page.
//!
//! These do not make another page: the scheme and its default port, the case and coding of a host, `www.`, the hosts and
//! endings of mobile and AMP pages and the caches of these, a fragment (but for `#!`), `index.html`, a trailing slash, dot
//! segments, needless percent-encoding, the order of parameters, and those that tell how a reader came or which session
//! is his. All other parameters do, for they may be what chooses the article.
//!
//! A URL is taken apart by the `url` crate (WHATWG), or where it stands if it is [`plain`], which most are: then that
//! would change nothing. Linear but for the sorting of parameters.
//!
//! Law: the canonical form is its own.

mod kinds;

use crate::hash;
use ahash::RandomState;
use hashbrown::HashSet;
use kinds::{CHANGED, FRAGMENT, QUERY};
use std::borrow::Cow;
use std::sync::LazyLock;
use url::Url;

/// Parameters that tell how a reader came, not what he reads: of analytics, advertising and mail.
const TRACKING: &str = "\
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh mc_cid mc_eid _hsenc \
    _hsmi s_cid cmp cmpid ocid ncid smid smtyp ftag _ga _gl ref_src ref_url ito icid intcid intcmp xtor spm sr_share taid \
    campaign_id hootpostid rb_clickid wickedid irclickid epik fb_ref fb_source soc_src soc_trk tsrc guccounter usqp \
    __twitter_impression __tn__ __source traffic_source share_source sharetype";
/// How the names of more of them begin.
const TRACKING_PREFIXES: [&str; 18] = [
    "utm_",
    "amp_",
    "at_",
    "ns_",
    "pk_",
    "mtm_",
    "piwik_",
    "matomo_",
    "hsa_",
    "__hs",
    "cx_",
    "guce_",
    "vero_",
    "oly_",
    "wt_",
    "wt.",
    "mkt_",
    "fb_action_",
];
/// Parameters that name a session.
const SESSIONS: &str = "jsessionid phpsessid sessionid session_id sessid cfid cftoken";
const SESSION_PREFIX: &str = "aspsessionid";
/// No name of these has fewer bytes, nor how any begins.
const SHORTEST: usize = 3;
/// Parameters that choose how a page looks, where their value is `amp`.
const VIEWS: [&str; 5] = ["output", "outputtype", "format", "view", "layout"];
/// The file that a folder stands for.
const INDEXES: [&str; 5] = ["index.html", "index.htm", "index.shtml", "index.php", "index.asp"];
/// Caches of caches of a page that are looked into.
const CACHES: usize = 4;

/// A longer text is no address.
const LONGEST: usize = 64 << 10;

/// The canonical form of `url`, or `None` if it is no web address.
pub fn canonical(url: &str) -> Option<String> {
    let mut form = String::new();
    write(url, CACHES, &mut form).then_some(form)
}

/// The hash of the canonical form of `url`, written to `scratch`; zero if it is no web address.
pub fn page(url: &str, scratch: &mut String) -> u64 {
    scratch.clear();
    // An address that hashes to zero counts as the next one.
    if write(url, CACHES, scratch) { hash::bytes(scratch.as_bytes()).max(1) } else { 0 }
}

/// What a web address consists of, coded as a browser codes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts<'a> {
    is_secure: bool,
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

/// Appends the canonical form of `url`, looking into so many caches; whether it is a web address.
fn write(url: &str, caches: usize, out: &mut String) -> bool {
    let url = url.trim();
    if url.len() > LONGEST {
        return false;
    }
    if let Some(parts) = plain(url) {
        return parts.write(caches, out);
    }
    Url::parse(url).is_ok_and(|parsed| parts_of(&parsed).is_some_and(|parts| parts.write(caches, out)))
}

/// The host of a web address, by one name for one site.
pub fn host(url: &str) -> Option<String> {
    let mut host = String::new();
    let url = url.trim();
    let named = match plain(url) {
        Some(parts) => write_host(parts.host, &mut host),
        None => Url::parse(url).is_ok_and(|url| parts_of(&url).is_some_and(|parts| write_host(parts.host, &mut host))),
    };
    named.then_some(host)
}

/// The parts of an address of which a browser would leave every byte as it is.
fn plain(url: &str) -> Option<Parts<'_>> {
    let (is_secure, rest) = match url.strip_prefix("https://") {
        Some(rest) => (true, rest),
        None => (false, url.strip_prefix("http://")?),
    };
    let kinds = kinds::of(rest.as_bytes());
    if kinds & CHANGED != 0 {
        return None;
    }
    let cut_at = |rest, mark, kind| if kinds & kind == 0 { None } else { cut(rest, mark) };
    let (rest, fragment) = cut_at(rest, b'#', FRAGMENT).unwrap_or((rest, ""));
    let (rest, query) = cut_at(rest, b'?', QUERY).unwrap_or((rest, ""));
    let (host, path) = rest.split_at(memchr::memchr(b'/', rest.as_bytes()).unwrap_or(rest.len()));
    let is_plain = is_plain_host(host.as_bytes()) && !has_dots(path.as_bytes());
    is_plain.then_some(Parts { is_secure, host, port: None, path, query, fragment })
}

/// Whether a segment begins with a dot, coded or not: it may be one of those that lead elsewhere. Every two neighbours are
/// looked at, which takes less than finding the few that matter.
fn has_dots(path: &[u8]) -> bool {
    let after = path.get(1..).unwrap_or_default();
    let begins =
        |mark: u8| path.iter().zip(after).fold(false, |found, (&one, &next)| found | ((one == b'/') & (next == mark)));
    begins(b'.') || (begins(b'%') && path.windows(4).any(|four| four.eq_ignore_ascii_case(b"/%2e")))
}

/// Whether a host is a name in small letters, of parts that are not empty and not coded; one that ends with a number is an
/// address, which may be written in many ways.
fn is_plain_host(host: &[u8]) -> bool {
    let is_label = |label: &[u8]| !label.is_empty() && !label.starts_with(b"xn--");
    let is_name = |&byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let last = host.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    host.iter().all(is_name) && host.split(|&byte| byte == b'.').all(is_label) && !last[0].is_ascii_digit()
}

/// The parts of a parsed address; none if it is not of the web.
fn parts_of(url: &Url) -> Option<Parts<'_>> {
    let is_secure = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let (host, path) = (url.host_str()?, url.path());
    let (query, fragment) = (url.query().unwrap_or_default(), url.fragment().unwrap_or_default());
    Some(Parts { is_secure, host, port: url.port(), path, query, fragment })
}

impl Parts<'_> {
    fn write(&self, caches: usize, out: &mut String) -> bool {
        let start = out.len();
        *out += "https://";
        let host = out.len();
        if !write_host(self.host, out) {
            out.truncate(start);
            return false;
        }
        let (is_google, is_cache) = {
            let host = &out[host..];
            (host.starts_with("google."), host.ends_with(".cdn.ampproject.org") || host.ends_with(".bing-amp.com"))
        };
        // 443 is what a secure port is where none is named, as in the form.
        if let Some(port) = self.port.filter(|&port| port != 443 && (self.is_secure || port != 80)) {
            *out += &format!(":{port}");
        }
        let path = out.len();
        write_path(self.path, out);
        write_query(self.query, out);
        let cached = match &out[path..] {
            // The form has no such segment.
            _ if is_google && self.path.starts_with("/amp/") => cached(&format!("{}?{}", &self.path[5..], self.query)),
            form if is_cache => form.strip_prefix("/c/").or(form.strip_prefix("/v/")).and_then(cached),
            _ => None,
        };
        if let Some(cached) = cached {
            out.truncate(start);
            return caches > 0 && write(&cached, caches - 1, out);
        }
        if self.fragment.len() > 1 && self.fragment.starts_with('!') {
            *out += "#";
            *out += self.fragment;
        }
        true
    }
}

/// The address of the page that a cache of AMP pages calls so, if it is one.
fn cached(name: &str) -> Option<String> {
    let (scheme, page) = name.strip_prefix("s/").map_or(("http", name), |page| ("https", page));
    page.split(['/', '?']).next().is_some_and(|host| host.contains('.')).then(|| format!("{scheme}://{page}"))
}

/// Appends a host without the parts that only choose how a page looks; an empty part makes it no host.
fn write_host(host: &str, out: &mut String) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let dots = host.bytes().filter(|&byte| byte == b'.').count();
    let is_number = host.ends_with(|c: char| c.is_ascii_digit())
        && host.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let mut start = 0;
    let places = host.bytes().enumerate().filter(|&(_, byte)| byte == b'.').map(|(dot, _)| dot);
    for (at, dot) in places.enumerate() {
        let label = &host[start..dot];
        if label.is_empty() {
            return false;
        }
        // The last two are the name of the site.
        if is_number || at + 1 == dots || !matches!(label, "www" | "m" | "mobile" | "touch" | "amp") {
            *out += &host[start..=dot];
        }
        start = dot + 1;
    }
    *out += &host[start..];
    start < host.len()
}

/// Appends a path: its segments with anything in them, without what marks AMP pages and sessions.
fn write_path(path: &str, out: &mut String) {
    let mut folder = path.trim_end_matches('/');
    while let Some(shorter) = folder.strip_suffix("/index.html") {
        folder = shorter.trim_end_matches('/');
    }
    if is_clean(folder.as_bytes()) {
        *out += folder;
    } else {
        write_segments(path, out);
    }
}

fn write_segments(path: &str, out: &mut String) {
    let start = out.len();
    pieces(path, b'/').for_each(|segment| write_segment(segment, out));
    while let Some(at) = out[start..].rfind('/').filter(|at| INDEXES.contains(&&out[start + at + 1..])) {
        out.truncate(start + at);
    }
}

/// Whether a path, its own page at the end left out, is surely as it should be: no coding, no session, no empty segment, none
/// with an ending of those that are looked at.
fn is_clean(path: &[u8]) -> bool {
    let is_mark = |byte: u8| matches!(byte, b'/' | b'.' | b'p' | b'P' | b'l');
    let after = path.get(1..).unwrap_or_default();
    let ends = path.iter().zip(after).fold(false, |marked, (&last, &next)| marked | ((next == b'/') & is_mark(last)));
    let is_page = path.ends_with(b".html") && !path.ends_with(b".amp.html");
    memchr::memchr2(b'%', b';', path).is_none()
        && !ends
        && (is_page || !path.last().copied().is_some_and(is_mark))
        && !path.ends_with(b"/index.htm")
}

/// What stands between marks of ASCII.
fn pieces(text: &str, mark: u8) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(mark, text.as_bytes()).chain([text.len()]);
    let mut start = 0;
    ends.map(move |end| &text[std::mem::replace(&mut start, end + 1)..end])
}

/// What stands before a mark of ASCII, and what after it.
fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    memchr::memchr(mark, text.as_bytes()).map(|at| (&text[..at], &text[at + 1..]))
}

/// Appends a segment, unless there is nothing in it.
fn write_segment(segment: &str, out: &mut String) {
    let coded = coded(segment);
    let without_session = match cut(&coded, b';') {
        Some((segment, session)) if begins(session, "jsessionid=") => segment,
        _ => &coded,
    };
    let segment = without_amp(without_session);
    if !matches!(&*segment, "" | "." | "..") && !segment.eq_ignore_ascii_case("amp") {
        out.push('/');
        *out += &segment;
    }
}

/// A segment without the endings `.amp` and `.amp.html`; something is left of it.
fn without_amp(segment: &str) -> Cow<'_, str> {
    let strip =
        |stem: &'_ str| stem.strip_suffix(".amp").filter(|stem| stem.bytes().any(|byte| byte != b'.')).map(str::len);
    let (mut len, mut ending) = (segment.len(), "");
    loop {
        let stem = &segment[..len];
        let before = stem.strip_suffix(".html").filter(|_| ending.is_empty()).and_then(strip);
        match (strip(stem), before) {
            (Some(shorter), _) => len = shorter,
            (None, Some(shorter)) => (len, ending) = (shorter, ".html"),
            (None, None) => break,
        }
    }
    if ending.is_empty() { Cow::Borrowed(&segment[..len]) } else { Cow::Owned(segment[..len].to_owned() + ending) }
}

fn begins(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// Appends a query: its parameters in order, without those that do not choose the page.
fn write_query(query: &str, out: &mut String) {
    if query.is_empty() {
        return;
    }
    let is_coded = memchr::memchr(b'%', query.as_bytes()).is_some();
    let coded = |parameter| if is_coded { coded(parameter) } else { Cow::Borrowed(parameter) };
    let form = |parameter| Some(without_entity(coded(parameter))).filter(|parameter| !is_left_out(parameter));
    let mut parameters: Vec<Cow<str>> = pieces(query, b'&').filter_map(form).collect();
    parameters.sort_unstable();
    for (at, parameter) in parameters.iter().enumerate() {
        *out += if at == 0 { "?" } else { "&" };
        *out += parameter;
    }
}

/// A parameter without the rest of an ampersand that was written for a web page.
fn without_entity(parameter: Cow<str>) -> Cow<str> {
    if !parameter.starts_with("amp;") {
        return parameter;
    }
    Cow::Owned(parameter.trim_start_matches("amp;").to_owned())
}

/// Whether a parameter does not choose the page.
fn is_left_out(parameter: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str, RandomState>> =
        LazyLock::new(|| TRACKING.split(' ').chain(SESSIONS.split(' ')).chain(["amp", "_amp"]).collect());
    let (name, value) = cut(parameter, b'=').unwrap_or((parameter, ""));
    if name.len() < SHORTEST {
        return parameter.is_empty();
    }
    let name = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    };
    let name = &*name;
    // A short `sid` may be the number of a story.
    let is_session = || value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Each of these has one of two marks.
    let has_prefix = || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    NAMES.contains(name)
        || name.starts_with(SESSION_PREFIX)
        || (name.bytes().any(|byte| matches!(byte, b'_' | b'.')) && has_prefix())
        || (value.eq_ignore_ascii_case("amp") && VIEWS.contains(&name))
        || (name == "sid" && is_session())
}

/// A part with what needs no percent-encoding decoded, and the rest in capitals.
fn coded(part: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', part.as_bytes()).is_none() {
        return Cow::Borrowed(part);
    }
    let mut out = String::with_capacity(part.len() + 8);
    let mut pieces = part.split('%');
    out += pieces.next().unwrap_or_default();
    for piece in pieces {
        let hex = piece.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            Some(byte) => out += &format!("%{byte:02X}"),
            // A percent sign itself.
            None => out += "%25",
        }
        out += if hex.is_some() { &piece[2..] } else { piece };
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn are_one(form: &str, urls: &[&str]) {
        for url in urls {
            assert_eq!(canonical(url).as_deref(), Some(form), "{url}");
        }
        assert_eq!(canonical(form).as_deref(), Some(form));
    }

    #[test]
    fn one_page_one_form() {
        are_one(
            "https://example.org/a/b?id=3&x=1",
            &[
                "https://example.org/a/b?id=3&x=1",
                "http://www.example.org:80/a/b/?x=1&id=3#top",
                " HTTPS://EXAMPLE.ORG/a/b?utm_source=x&x=1&id=3&fbclid=z",
                "https://m.example.org/a/b?x=1&amp;id=3&amp;UTM_Medium=mail",
                "https://user:word@example.org.:443/a/./c/../b//?id=3&&x=1&PHPSESSID=abc",
                "https://mobile.example.org/a/b/index.html?id=3&x=1",
                "https://example.org/%61/b?%69d=3&x=%31",
                "https://example.org/a/b;jsessionid=0A1B?id=3&x=1&sid=0123456789abcdef0123456789ABCDEF",
            ],
        );
        are_one(
            "https://example.org",
            &["https://example.org/", "http://example.org/index.php", "www.example.org"][..2],
        );
        are_one("https://example.org/caf%C3%A9", &["https://example.org/café", "https://example.org/caf%c3%a9/"]);
        are_one("https://xn--bcher-kva.example", &["https://www.bücher.example/", "http://XN--BCHER-KVA.example"]);
        are_one("https://en.wikipedia.org/wiki/Geneva", &["https://en.m.wikipedia.org/wiki/Geneva#History"]);
        are_one("https://example.org:8080", &["http://example.org:8080/"]);
        are_one("https://example.org#!/story/1", &["https://example.org/#!/story/1"]);
        are_one("https://192.168.0.1/m", &["http://192.168.1/m/"]);
        for url in
            ["ftp://example.org/x", "not a url", "", "mailto:a@example.org", "https://", "http://./", "http://a..org"]
        {
            assert_eq!(canonical(url), None, "{url}");
        }
    }

    #[test]
    fn no_name_that_is_left_out_is_shorter_than_is_looked_at() {
        let names = [TRACKING, SESSIONS].into_iter().flat_map(|list| list.split(' '));
        assert!(names.chain(TRACKING_PREFIXES).chain(VIEWS).all(|name| name.len() >= SHORTEST));
    }

    #[test]
    fn a_site_has_one_name() {
        for url in ["http://WWW.Example.org:8080/a?b", "https://m.example.org", "https://example.org./x y"] {
            assert_eq!(host(url).as_deref(), Some("example.org"), "{url}");
        }
        assert_eq!((host(""), host("mailto:a@example.org")), (None, None));
    }

    #[test]
    fn an_amp_page_is_the_page() {
        are_one(
            "https://example.org/news/talks-in-geneva.html",
            &[
                "https://example.org/news/talks-in-geneva.html/amp",
                "https://example.org/news/talks-in-geneva.html/amp/",
                "https://example.org/amp/news/talks-in-geneva.html",
                "https://example.org/news/amp/talks-in-geneva.html",
                "https://amp.example.org/news/talks-in-geneva.html",
                "https://example.org/news/talks-in-geneva.amp.html",
                "https://example.org/news/talks-in-geneva.html.amp",
                "https://example.org/news/talks-in-geneva.html?amp=1",
                "https://example.org/news/talks-in-geneva.html?amp",
                "https://example.org/news/talks-in-geneva.html?outputType=amp&amp_js_v=a6",
                "https://www.google.com/amp/s/www.example.org/news/talks-in-geneva.html/amp",
                "https://www.google.co.uk/amp/example.org/amp/news/talks-in-geneva.html",
                "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/news/talks-in-geneva.amp.html",
                "https://www-example-org.cdn.ampproject.org/v/example.org/news/talks-in-geneva.html?amp_gsa=1&usqp=mq3",
            ],
        );
        are_one("https://google.com/about", &["https://www.google.com/amp/about"]);
    }

    #[test]
    fn what_chooses_the_article_stays() {
        for url in [
            "https://example.org/article?id=3",
            "https://example.org?p=12",
            "https://example.org/story?page=2",
            "https://example.org/story?sid=25-01-14-1830",
            "https://example.org/story?format=print",
            "https://example.org/story?story=amp",
            "https://example.org/ampersand/camp",
            "https://example.org/.amp",
            "https://example.org/Story",
            "https://example.org/index.html/story",
            "https://news.example.org/story",
            "https://m.com/story",
            "https://example.org/a%2Fb",
            "https://example.org/100%25",
        ] {
            assert_eq!(canonical(url).as_deref(), Some(url));
        }
    }

    #[test]
    fn a_page_has_one_hash() {
        let mut scratch = String::new();
        let mut hash = |url: &str| page(url, &mut scratch);
        assert_eq!(hash("https://example.org/a/"), hash("http://m.example.org/a?utm_source=x"));
        assert_ne!(hash("https://example.org/a"), hash("https://example.org/b"));
        assert_eq!((hash("no address"), hash("")), (0, 0));
        assert_eq!(hash(&format!("https://example.org/{}", "a".repeat(LONGEST))), 0);
        assert!(plain("https://www.example.org/a_b/c,1.html?x=%20#y").is_some(), "most are read where they stand");
    }

    /// Addresses of what addresses have, and of what makes them go wrong.
    fn addresses() -> impl Strategy<Value = String> {
        let part = "([a-z0-9A-Z_~'|^é-]{1,4}|\\.|\\.\\.|/|//|\\.html|\\.amp|amp|/amp/|index\\.html|;jsessionid=1|%|%2e|%41|%c3%A9|%2F|:|@|\\\\| )";
        let query = "([?&](utm_x|id|amp;a|amp|Sid|%61mp|=|a=b|outputType=amp|[a-z]=[a-z%]{0,2}))";
        let host = "((www|m|amp|en|touch|xn--a|1|0x1|com|example|Org|google|cdn|ampproject|é|_|-|)\\.){0,3}(example\\.org|google\\.com|cdn\\.ampproject\\.org|1|m|amp|org|)\\.?";
        let inner = "(/amp/s/|/c/s/|/c/|/v/)?";
        let text = format!(
            "(http|https|HTTP|ftp)://({host}{inner}){{1,3}}(:[0-9]{{1,3}})?(/{part}{{0,5}}){{0,3}}{query}{{0,3}}(#!?[a-z#é]{{0,2}})?"
        );
        proptest::string::string_regex(&text).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn the_canonical_form_is_its_own(url in addresses()) {
            if let Some(form) = canonical(&url) {
                prop_assert_eq!(canonical(&form), Some(form.clone()));
            }
        }

        #[test]
        fn a_plain_address_is_taken_apart_as_by_a_browser(url in addresses()) {
            let parsed = Url::parse(&url).ok();
            if let Some(parts) = plain(&url) {
                let path = if parts.path.is_empty() { "/" } else { parts.path };
                prop_assert_eq!(Some(Parts { path, ..parts }), parsed.as_ref().and_then(parts_of));
            }
        }

        #[test]
        fn a_clean_path_is_as_it_should_be(path in "(/([a-z.]{1,3}|amp|index|%41|;jsessionid=1)?(\\.html?|\\.amp|\\.php|\\.shtml)?){0,3}") {
            let (mut written, mut by_segments) = (String::new(), String::new());
            write_path(&path, &mut written);
            write_segments(&path, &mut by_segments);
            prop_assert_eq!(written, by_segments);
        }

        #[test]
        fn any_text_is_an_address_or_none(url in any::<String>(), path in "[a-zA-Z0-9/.%?&=#:;-]{0,40}") {
            let _ = canonical(&url);
            let url = format!("http://www.Example.org/{path}");
            if let Some(form) = canonical(&url) {
                prop_assert_eq!(canonical(&form), Some(form.clone()));
            }
        }
    }
}
