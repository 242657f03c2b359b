//! Outlets by number: a name stands in the page once, however often it is met.

use super::embed::List;
use ahash::HashMap;

/// Names in the order in which they were met, as long as they fit.
pub(super) struct Names {
    list: List,
    at: HashMap<String, usize>,
}

impl Names {
    /// No names yet, of at most so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { list: List::new(most), at: HashMap::default() }
    }

    /// The number of a name; none where there is no room for it.
    pub(super) fn number(&mut self, name: &str) -> Option<usize> {
        if let Some(&at) = self.at.get(name) {
            return Some(at);
        }
        let at = self.list.len;
        let fits = self.list.push(&name).unwrap_or(false);
        fits.then(|| {
            self.at.insert(name.to_owned(), at);
            at
        })
    }

    pub(super) fn json(self) -> String {
        self.list.json()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_has_one_number_while_there_is_room() {
        let mut names = super::Names::new(10);
        assert_eq!(
            ["a", "b", "a", "longer", "b"].map(|name| names.number(name)),
            [Some(0), Some(1), Some(0), None, Some(1)]
        );
        assert_eq!(names.json(), r#"["a","b"]"#);
    }
}
