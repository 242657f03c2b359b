//! What to do next when something went wrong.

use crate::error::Error;
use crate::eval;
use crate::explain::hint;
use crate::input::Fields;
use crate::output;
use crate::pipeline::Outcome;
use crate::report::ReportError;
use serde::Deserialize;
use std::io::{self, BufRead};
use std::path::Path;

/// The next step after an error, where there is one that its message does not name.
pub(super) fn on(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<Error>() {
        return on_error(error);
    }
    match error.downcast_ref::<eval::Error>()? {
        eval::Error::NotAResult(dir) => Some(on_no_result(dir)),
        eval::Error::Read { path, source } => on_path(path, source),
    }
}

fn on_error(error: &Error) -> Option<String> {
    let tip = match error {
        Error::Input { path, source } => return on_path(Path::new(path), source),
        Error::NoMatch { pattern } => {
            let fixed = Path::new(pattern).ancestors().find(|part| !is_glob(part)).unwrap_or(Path::new(""));
            let folder = if fixed == Path::new("") { Path::new(".") } else { fixed };
            if !folder.is_dir() {
                return Some(not_there(folder));
            }
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            format!("nothing in {} fits; a * stands for any part of one name, ** for any folders", folder.display())
        }
        Error::Again { path, source } if source.kind() == io::ErrorKind::NotFound && !Path::new(path).is_absolute() => {
            "go to the folder from which the result was made, or make it again where you are".to_owned()
        }
        Error::Again { .. } => "put the file back, or make the result again".to_owned(),
        Error::NotTheInput { .. } => {
            "put the file back as it was, or make the result again of what is there".to_owned()
        }
        Error::Unusable { .. } => "make the result again, of files that stay".to_owned(),
        Error::UnknownId { dir, hint: None, .. } => {
            let articles = dir.join("articles.jsonl");
            let is_result = articles.is_file();
            return is_result.then(|| format!("the ids are in {}", articles.display()));
        }
        Error::File { path, source, .. } => return on_path(path, source),
        Error::Output(source) => return on_kind(source.kind()),
        Error::Refused { .. } => {
            "name a new folder, an empty one, or one that holds nothing but an earlier result".to_owned()
        }
        Error::StoreRefused { dir, .. } if !dir.exists() => not_there(dir),
        Error::StoreRefused { .. } => {
            "a store is the folder that newsfold nightly was given as --store, or makes when there is none".to_owned()
        }
        Error::Damaged { path, .. } => {
            match path.ancestors().skip(1).find(|dir| dir.join("manifest").is_file()) {
                Some(store) => {
                    let store = store.display();
                    format!("newsfold store check {store} names all that is damaged; put back a copy of the store")
                }
                // What a job of an array has left.
                None => "remove it, and make it again".to_owned(),
            }
        }
        Error::Table { .. } => "somebody changed the result, or not all of it was copied: make it again".to_owned(),
        Error::Report(ReportError::NotAResult { dir }) => on_no_result(dir),
        _ => return None,
    };
    Some(tip)
}

fn on_no_result(dir: &Path) -> String {
    if dir.is_dir() {
        "a result is the folder that run, dedup, cluster or nightly was given as --out: it holds run.json".to_owned()
    } else {
        not_there(dir)
    }
}

fn on_path(path: &Path, source: &io::Error) -> Option<String> {
    match source.kind() {
        io::ErrorKind::NotFound => Some(not_there(path)),
        kind => on_kind(kind),
    }
}

fn on_kind(kind: io::ErrorKind) -> Option<String> {
    let tip = match kind {
        io::ErrorKind::PermissionDenied => {
            "ls -ld shows who may; run as a user who has the right, or name another place"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "df -h shows how full each disk is: make room, or name a folder on another (--out, --temp); then run again"
        }
        io::ErrorKind::ReadOnlyFilesystem => "name a folder on another disk (--out, --temp)",
        _ => return None,
    };
    Some(tip.to_owned())
}

/// What may have been meant by a path that is not there: its nearest neighbour, below the last folder that is.
fn not_there(path: &Path) -> String {
    let folder = path.ancestors().skip(1).find(|part| *part == Path::new("") || part.is_dir()).unwrap_or(Path::new(""));
    let shown = if folder == Path::new("") { Path::new(".") } else { folder };
    let missing = path.strip_prefix(folder).ok().and_then(|rest| rest.iter().next());
    let Some(missing) = missing.map(|name| name.to_string_lossy().into_owned()) else {
        return "the name is empty".to_owned();
    };
    let names: Vec<String> = std::fs::read_dir(shown)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    match hint::nearest(&missing, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean {}?", folder.join(name).display()),
        None => {
            let here = shown.canonicalize().unwrap_or_else(|_| shown.to_owned());
            format!("{} has nothing that is called so", here.display())
        }
    }
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// A row of the table of rejects.
#[derive(Deserialize)]
struct Rejected {
    file: String,
    line: u64,
    reason: String,
    detail: String,
}

/// What to do about so many rejects: by the reason of most, and what the first of them says.
pub(super) fn on_rejects(outcome: &Outcome, fields: &Fields, out: Option<&Path>) -> Option<String> {
    let is_fault = |(reason, _): &&(&'static str, u64)| *reason != "already_seen";
    let (reason, _) = outcome.rejected_by_reason.iter().filter(is_fault).max_by_key(|(_, count)| *count)?;
    let step = match *reason {
        "no_text" => {
            let (text, title) = (fields.text.join(", "), fields.title.join(", "));
            format!("texts are looked for as {text}, titles as {title}; name another field with --text-field NAME")
        }
        "not_json" => "if the input is no JSON Lines, say what it is with --input-format".to_owned(),
        "duplicate_id" => "if the id is another field, name it with --id-field NAME".to_owned(),
        "not_utf8" => "if it is text at all, iconv makes UTF-8 of it".to_owned(),
        "too_long" => "if such records are meant, allow them with --max-record-bytes".to_owned(),
        "truncated" | "bad_archive" => "the file is damaged: fetch it again".to_owned(),
        _ => String::new(),
    };
    let first = out.and_then(|out| first_reject(&out.join("rejects.jsonl"), reason));
    let first = match (first, out) {
        (Some(Rejected { file, line, detail, .. }), _) => format!("the first {reason} is {file}:{line}: {detail}"),
        (None, Some(out)) => format!("{} names each", out.join("rejects.jsonl").display()),
        (None, None) => "--rejects FILE writes them down".to_owned(),
    };
    Some(if step.is_empty() { first } else { format!("{first}; {step}") })
}

fn first_reject(table: &Path, reason: &str) -> Option<Rejected> {
    let lines = output::open(table).ok()?.1.lines();
    let rows = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str::<Rejected>(&line).ok());
    rows.into_iter().find(|row| row.reason == reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_path_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("crawl/night")).unwrap();
        std::fs::write(dir.path().join("crawl/night/articles.jsonl"), "").unwrap();
        let tip = |path: &str| not_there(&dir.path().join(path));
        assert!(tip("crawl/night/article.jsonl").ends_with("crawl/night/articles.jsonl?"));
        assert!(tip("crawls/night/articles.jsonl").ends_with("/crawl?"));
        assert!(tip("other/thing").ends_with("has nothing that is called so"));
        assert_eq!(not_there(Path::new("")), "the name is empty");
    }
}
