//! Two documents against each other as lines.

use super::lines::{
    BREAK, Lines, count, guess, left_out, named, no_events, no_groups, origin, rejected, share, terms, title,
};
use crate::explain::passages::Passage;
use crate::explain::{Bond, ChainEdge, Document, Events, NearDuplicates, Two};

pub(super) fn lines(two: &Two) -> Lines {
    let mut lines = Vec::new();
    for (name, document) in [("a", &two.a), ("b", &two.b)] {
        lines.extend(of_document(name, document));
    }
    lines.push(BREAK);
    if !(two.a.accepted && two.b.accepted) {
        lines.push(("verdict", two.verdict.clone()));
        return lines;
    }
    match &two.near_duplicates {
        Some(found) => lines.extend(of_near_duplicates(found)),
        None => lines.push(no_groups(&two.verb)),
    }
    lines.push(BREAK);
    match &two.events {
        Some(found) => lines.extend(of_events(found)),
        None => lines.push(no_events(&two.verb)),
    }
    lines
}

fn of_document(name: &'static str, document: &Document) -> Lines {
    let mut lines = vec![(name, document.id.clone())];
    if document.accepted {
        lines.extend(document.title.as_deref().map(|text| ("", title(text))));
        lines.push(("", origin(document)));
    }
    lines.extend(left_out(document).into_iter().map(|(_, line)| ("", line)));
    lines.extend(rejected(document));
    lines
}

fn of_near_duplicates(found: &NearDuplicates) -> Lines {
    let [a, b] = found.shingles;
    let jaccard = format!(
        "{} = {} of {} shingles; a has {a}, b {b}",
        share(found.similarity),
        found.shared_shingles,
        found.all_shingles
    );
    let estimate = format!("{} = {} of {} slots", share(found.estimate), found.equal_slots, found.slots);
    let bands =
        format!("{} of {} shared, {} slots each; one makes a candidate", found.shared_bands, found.bands, found.rows);
    let contained =
        |least: f64| format!("{} of the smaller is in the larger; {least} is enough", share(found.containment));
    let mut lines =
        vec![("group", found.verdict.clone()), ("similarity", jaccard), ("estimate", estimate), ("bands", bands)];
    lines.extend(found.containment_threshold.map(|least| ("contained", contained(least))));
    lines.extend(named("chain", found.chain.iter().filter(|chain| chain.len() > 1).flatten().map(link)));
    lines.extend(named("in both", passages(&found.in_both)));
    lines.extend(named("only a", passages(&found.only_a)));
    lines.extend(named("only b", passages(&found.only_b)));
    lines
}

fn link(edge: &ChainEdge) -> String {
    format!("{}  {} - {}", share(edge.similarity), edge.a, edge.b)
}

fn passages(passages: &[Passage]) -> impl Iterator<Item = String> {
    passages.iter().map(|passage| format!("“{}”  ({})", passage.text, count(passage.shingles, "shingle")))
}

fn of_events(found: &Events) -> Lines {
    let mut lines = vec![("event", found.verdict.clone())];
    let [a, b] = &found.compared;
    if a == b {
        return lines;
    }
    for (at, about) in found.about.iter().enumerate().take(if found.same_event { 1 } else { 2 }) {
        let whose = if found.same_event { "" } else { ["a: ", "b: "][at] };
        lines.push(("", format!("{whose}{}, {}", title(&about.title), count(about.size, "document"))));
    }
    let Some(bond) = &found.bond else { return lines };
    lines.push(("similarity", product(bond)));
    if let Some(likeness) = bond.embedding_likeness {
        lines.push(("", format!("the cosine is mixed with {}, the likeness of their embeddings", share(likeness))));
    }
    if !bond.counted {
        lines.push(("", "neither is among those most similar to the other: it counts as 0".to_owned()));
    }
    let [usual_a, usual_b] = bond.usual.map(share);
    let [scale_a, scale_b] = bond.scales;
    lines.push((
        "scales",
        format!("a: {scale_a:.2}, as its usual cosine to strangers is {usual_a}; b: {scale_b:.2}, {usual_b}"),
    ));
    lines.push(("time", time(bond)));
    if bond.source_factor < 1.0 {
        lines.push(("source", format!("{}, as both are of one", share(bond.source_factor))));
    }
    for at in (0..2).filter(|&at| found.undated[at]) {
        lines.push(("", format!("{}: {}", ["a", "b"][at], guess(&found.guessed[at]))));
    }
    lines.extend(named("terms", terms(&found.terms, share)));
    lines.extend(found.terms.first().map(|_| ("", "(what each gives to the cosine)".to_owned())));
    let percent = |share: f32| format!("{:.0}%", share * 100.0);
    for (name, missing) in ["not in b", "not in a"].into_iter().zip(&found.missing) {
        lines.extend(named(name, terms(missing, percent)));
    }
    lines
}

fn product(bond: &Bond) -> String {
    let [scale_a, scale_b] = bond.scales;
    let source =
        if bond.source_factor < 1.0 { format!(" x source {}", share(bond.source_factor)) } else { String::new() };
    format!(
        "{} = cosine {} x scales {scale_a:.2} x {scale_b:.2} x time {}{source}",
        share(bond.similarity),
        share(bond.cosine),
        share(bond.time_factor)
    )
}

fn time(bond: &Bond) -> String {
    let factor = share(bond.time_factor);
    match bond.days {
        Some(days) => format!("{factor}, as {days:.1} days are between them"),
        None => format!("{factor}, as a date is missing"),
    }
}
