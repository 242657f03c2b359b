//! The groups and events of a result, as its `articles.jsonl` tells: a document's number is its line.
//!
//! Linear time; memory: the ids, some 30 bytes a document, the events' names, and the groups' while they are read.

use crate::error::Error;
use crate::output;
use ahash::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::io::BufRead;
use std::path::Path;

/// Who is in a group, and an event, with whom.
#[derive(Debug, Default)]
pub struct Groups {
    ids: Ids,
    /// Of each document.
    representative: Vec<u32>,
    similarity: Vec<f64>,
    event: Vec<Option<u32>>,
    /// The names of the events.
    events: Ids,
}

/// Texts by number, and numbers by text.
#[derive(Debug, Default)]
struct Ids {
    texts: String,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl Ids {
    fn get(&self, number: u32) -> &str {
        text(&self.texts, &self.ends, number)
    }

    fn find(&self, id: &str) -> Option<u32> {
        self.numbers.find(self.hasher.hash_one(id), |&number| self.get(number) == id).copied()
    }

    /// The number of a text, the next one where it has none yet.
    fn number(&mut self, id: &str) -> Option<u32> {
        self.find(id).or_else(|| self.push(id))
    }

    /// Gives the next number; none where the id has one.
    fn push(&mut self, id: &str) -> Option<u32> {
        let Ids { texts, ends, numbers, hasher } = self;
        let number = u32::try_from(ends.len()).ok()?;
        let is_it = |&known: &u32| text(texts, ends, known) == id;
        match numbers.entry(hasher.hash_one(id), is_it, |&known| hasher.hash_one(text(texts, ends, known))) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(place) => place.insert(number),
        };
        texts.push_str(id);
        ends.push(texts.len());
        Some(number)
    }
}

fn text<'a>(texts: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &texts[start..ends[number]]
}

/// What is needed of a row. A similarity is read from its digits, for serde_json's floats may be off in the last bit.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    group: Cow<'a, str>,
    #[serde(borrow)]
    similarity: &'a RawValue,
    #[serde(default)]
    event: Option<Cow<'a, str>>,
}

impl Groups {
    /// Reads `articles.jsonl`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let (path, table) = output::open(path).map_err(Error::file("read", path))?;
        Groups::of(table, &path)
    }

    fn of(mut table: impl BufRead, path: &Path) -> Result<Self, Error> {
        let (mut groups, mut line, mut number) = (Groups::default(), String::new(), 0);
        let mut names = Ids::default();
        let wrong = |line: usize, why: String| Error::Table { path: path.to_owned(), line, why };
        while table.read_line(&mut line).map_err(Error::file("read", path))? > 0 {
            number += 1;
            let Row { id, group, similarity, event } =
                serde_json::from_str(&line).map_err(|e| wrong(number, e.to_string()))?;
            groups.ids.push(&id).ok_or_else(|| wrong(number, format!("{id} stands there twice")))?;
            groups.representative.extend(names.number(&group));
            groups.event.push(event.and_then(|event| groups.events.number(&event)));
            let similarity = similarity.get().parse();
            groups.similarity.push(similarity.map_err(|_| wrong(number, "similarity is no number".to_owned()))?);
            line.clear();
        }
        for group in &mut groups.representative {
            let name = names.get(*group);
            let unknown = || wrong(number, format!("no line has the id of the group {name}"));
            *group = groups.ids.find(name).ok_or_else(unknown)?;
        }
        Ok(groups)
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.representative.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them.
    pub fn documents(&self) -> std::ops::Range<u32> {
        0..self.len() as u32
    }

    /// A document's id.
    pub fn id(&self, doc: u32) -> &str {
        self.ids.get(doc)
    }

    /// The document of an id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.ids.find(id)
    }

    /// What stands for a document.
    pub fn representative(&self, doc: u32) -> u32 {
        self.representative[doc as usize]
    }

    /// A document's similarity to that, as the result says.
    pub fn similarity(&self, doc: u32) -> f64 {
        self.similarity[doc as usize]
    }

    /// The number of a document's event, where events were sought.
    pub fn event(&self, doc: u32) -> Option<u32> {
        self.event[doc as usize]
    }

    /// The name of an event.
    pub fn event_name(&self, event: u32) -> &str {
        self.events.get(event)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Groups of (id, group, similarity).
    pub(crate) fn groups(rows: &[(String, String, f64)]) -> Groups {
        let line = |(id, group, similarity): &(String, String, f64)| {
            serde_json::json!({"id": id, "group": group, "representative": id == group, "similarity": similarity})
                .to_string()
                + "\n"
        };
        read(&rows.iter().map(line).collect::<String>()).unwrap()
    }

    fn read(table: &str) -> Result<Groups, Error> {
        Groups::of(table.as_bytes(), Path::new("articles.jsonl"))
    }

    #[test]
    fn a_group_may_be_named_before_its_representative() {
        let table =
            "{\"id\":\"b\",\"group\":\"a\",\"similarity\":0.7}\n{\"id\":\"a\",\"group\":\"a\",\"similarity\":1.0}\n";
        let groups = read(table).unwrap();
        assert_eq!((groups.representative(0), groups.representative(1), groups.similarity(0)), (1, 1, 0.7));
        assert_eq!((groups.id(1), groups.find("b"), groups.find("c"), groups.len()), ("a", Some(0), None, 2));
        assert_eq!(groups.event(0), None);
    }

    #[test]
    fn events_are_told_by_their_names() {
        let row = |id: &str, event: &str| {
            format!("{{\"id\":\"{id}\",\"group\":\"{id}\",\"similarity\":1,\"event\":\"{event}\"}}\n")
        };
        let groups = read(&(row("a", "e\\u0031") + &row("b", "f") + &row("c", "e1"))).unwrap();
        assert_eq!(
            [0, 1, 2].map(|doc| groups.event(doc).map(|event| groups.event_name(event))),
            [Some("e1"), Some("f"), Some("e1")]
        );
    }

    #[test]
    fn a_broken_table_is_named() {
        let row = |id: &str, group: &str| format!("{{\"id\":\"{id}\",\"group\":\"{group}\",\"similarity\":1}}\n");
        for (table, line) in [
            (row("a", "a") + "{\"id\":", 2),
            (row("a", "a") + &row("a", "a"), 2),
            (row("a", "b"), 1),
            ("{\"id\":\"a\",\"group\":\"a\",\"similarity\":\"x\"}\n".to_owned(), 1),
        ] {
            assert!(matches!(read(&table), Err(Error::Table { line: seen, .. }) if seen == line), "{table}");
        }
    }
}
