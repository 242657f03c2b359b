//! What the program tells of itself: first steps, completions for shells, pages of the manual, answers to what was
//! mistyped.

use super::{End, show};
use crate::error::Error;
use anyhow::Result;
use clap::Command;
use clap_complete::Shell;
use std::path::PathBuf;

pub(super) const FIRST_STEPS_SHORT: &str = "\
First: newsfold run tests/data/sample.jsonl --out result
Help:  newsfold VERB -h, in short; newsfold VERB --help, with examples and all options";

pub(super) const FIRST_STEPS: &str = "\
First steps, in a checkout of newsfold (the sample has 64 articles and three bad lines):
  newsfold run tests/data/sample.jsonl --out result
  newsfold explain result a38
  newsfold explain result a38 a59
  newsfold eval result --gold tests/data/sample.jsonl
  newsfold audit result

Then open result/report.html in a browser.

Exit status:
  0  done
  1  failed, and nothing was published
  2  the command line, the config file or the folder is wrong
  3  published, but more records were rejected than --max-reject-rate allows

Colours are for terminals; NO_COLOR=1 turns them off, CLICOLOR_FORCE=1 turns them on.";

/// Write what completes newsfold's words in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  newsfold completions bash > newsfold.bash
  source newsfold.bash

To keep them: ~/.local/share/bash-completion/completions/newsfold for bash, a file _newsfold in a folder of $fpath for zsh,
~/.config/fish/completions/newsfold.fish for fish")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, mut command: Command) -> Result<End> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "newsfold", &mut script);
        show::text(&String::from_utf8(script)?).map(|()| End::Done)
    }
}

/// Write the manual: a page on all verbs, or a page each into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  newsfold man > newsfold.1
  newsfold man --out man1

Read one with: man -l newsfold.1; to keep them: ~/.local/share/man/man1")]
pub(super) struct Manual {
    /// Folder for a page of each verb, newsfold-VERB.1; made, if it is not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(&self, command: Command) -> Result<End> {
        let Some(out) = &self.out else {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            return show::text(&String::from_utf8(page)?).map(|()| End::Done);
        };
        std::fs::create_dir_all(out).map_err(Error::file("make the folder", out))?;
        clap_mangen::generate_to(command, out).map_err(Error::file("write the manual into", out))?;
        show::line(&format!("the manual is in {}: man -l {}", out.display(), out.join("newsfold.1").display()))?;
        Ok(End::Done)
    }
}

/// Shows clap's answer. It repeats what was typed, which may be the name of a file that somebody else has made. Who gets
/// colours is decided as for all that the program says: clap by itself would colour a dumb terminal where `CI` is set.
pub(super) fn answer(error: &clap::Error) {
    let (answer, to_stderr) = (error.render(), error.use_stderr());
    let plain = answer.to_string();
    if plain.chars().any(|c| c != '\n' && show::is_command(c)) {
        plain.lines().for_each(|line| show::note(&show::plain(line)));
        return;
    }
    let coloured = if to_stderr { console::colors_enabled_stderr() } else { console::colors_enabled() };
    let text = if coloured { answer.ansi().to_string() } else { plain };
    if to_stderr {
        show::note(&text);
    } else {
        // An answer to -h that nobody reads to its end is no failure.
        _ = show::text(&text);
    }
}
