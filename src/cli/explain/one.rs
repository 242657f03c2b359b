//! One document, its group and its event as lines.

use super::lines::{
    BREAK, Lines, count, guess, left_out, mean, named, no_events, no_groups, origin, rejected, share, short_title,
    time, title,
};
use crate::explain::{About, Event, Group, Kin, Neighbour, One};

pub(super) fn lines(one: &One) -> Lines {
    let document = &one.document;
    let mut lines = vec![("document", document.id.clone())];
    if document.accepted {
        lines.extend(document.title.as_deref().map(|text| ("title", title(text))));
        lines.push(("published", origin(document)));
        lines.extend(document.url.clone().map(|url| ("url", url)));
    }
    lines.extend(left_out(document));
    lines.extend(rejected(document));
    if !document.accepted {
        lines.push(("", "it is in no group and no event".to_owned()));
        return lines;
    }
    lines.push(BREAK);
    match &one.group {
        Some(group) => lines.extend(of_group(&document.id, group)),
        None => lines.push(no_groups(&one.verb)),
    }
    lines.push(BREAK);
    match &one.event {
        Some(event) => lines.extend(of_event(&document.id, event)),
        None => lines.push(no_events(&one.verb)),
    }
    lines
}

fn of_group(id: &str, group: &Group) -> Lines {
    let (size, threshold) = (count(group.size, "document"), group.threshold);
    let mut lines = match &group.representative {
        None if group.size == 1 => vec![("group", format!("{id} alone: nothing is near enough ({threshold})"))],
        None => vec![("group", format!("{size}, represented by {id} itself; {threshold} makes near-duplicates"))],
        Some(office) => {
            let near = if office.same_text {
                "has the same words".to_owned()
            } else {
                let far = if office.similarity < threshold { ", which others between them make up for" } else { "" };
                format!("is {} similar ({threshold} makes near-duplicates{far})", share(office.similarity))
            };
            let shared = format!("{} of {} bands shared", office.shared_bands, group.bands);
            vec![("group", format!("{size}, represented by {}", office.id)), ("", format!("{id} {near}, {shared}"))]
        }
    };
    if let Some(least) = group.containment_threshold {
        lines.push(("", format!("or {least} of the smaller in the larger")));
    }
    lines.extend(named("in group", neighbours(group, &group.nearest)));
    lines.extend(named("elsewhere", neighbours(group, &group.outside)));
    lines
}

fn neighbours(group: &Group, near: &[Neighbour]) -> Vec<String> {
    if near.is_empty() {
        return Vec::new();
    }
    let width = id_width(near.iter().map(|near| &*near.id));
    let line = |near: &Neighbour| {
        let bands = format!("{}/{}", near.shared_bands, group.bands);
        let similarity = if near.same_text { "same words".to_owned() } else { share(near.similarity) };
        format!("{similarity:<10}  {bands:>7}  {:width$}  {}", near.id, title(&near.title))
    };
    std::iter::once("similarity    bands".to_owned()).chain(near.iter().map(line)).collect()
}

/// Ids stand in a column where that is no wider than a headline can bear.
fn id_width<'a>(ids: impl Iterator<Item = &'a str>) -> usize {
    const WIDEST: usize = 20;
    ids.map(|id| id.chars().count()).filter(|&width| width <= WIDEST).max().unwrap_or(0)
}

fn of_event(id: &str, event: &Event) -> Lines {
    let About { title: name, size, groups, first_published, last_published, .. } = &event.about;
    let (first, last) = (first_published.as_deref().map(time), last_published.as_deref().map(time));
    let span = match (first, last) {
        (Some(first), Some(last)) if first != last => format!(", {first} to {last}"),
        (Some(first), _) => format!(", {first}"),
        _ => String::new(),
    };
    let mut lines = vec![
        ("event", title(name)),
        ("", format!("{} in {}{span}", count(*size, "document"), count(*groups, "group"))),
    ];
    if event.compared != id {
        lines
            .push(("", format!("{} stands for {id}, being its representative; what follows is of it", event.compared)));
    }
    if event.same_terms > 0 {
        let same = count(event.same_terms, "other group");
        lines.push(("", format!("{same} with the same terms on the same day: they count as one")));
    }
    let threshold = event.threshold;
    match &event.rest {
        Some(rest) => {
            let (mean, others) = (share(rest.mean_similarity), count(rest.sizes[1], "group"));
            lines.push((
                "fits",
                format!("mean similarity {mean} to the {others} beside it; the threshold is {threshold}"),
            ));
        }
        None => lines.push(("fits", format!("alone: nothing else reaches the threshold, {threshold}"))),
    }
    if let Some(joined) = &event.joined {
        let how = if joined.score < f64::from(threshold) { ", as a fragment of it" } else { "" };
        lines.push(("joined", format!("{} first, at {}{how}", count(joined.sizes[1], "group"), mean(joined))));
    }
    if event.undated {
        lines.push(("time", guess(&event.guessed)));
    }
    lines.extend(named("in event", kin(&event.nearest, threshold)));
    lines.extend(named("elsewhere", kin(&event.others, threshold)));
    lines
}

fn kin(kin: &[Kin], threshold: f32) -> Vec<String> {
    if kin.is_empty() {
        return Vec::new();
    }
    let width = id_width(kin.iter().map(|kin| &*kin.id));
    let mut lines = vec!["similarity = cosine x scales x  time    days".to_owned()];
    let mut events: Vec<&str> = Vec::new();
    for Kin { id, title, bond, terms, about, fit } in kin {
        let scales = bond.scales[0] * bond.scales[1] * bond.source_factor;
        let days = bond.days.map_or_else(|| "?".to_owned(), |days| format!("{days:.1}"));
        lines.push(format!(
            "{:<10}   {:>6}   {scales:>6.2}   {:>5}   {days:>5}   {id:width$}  {}",
            share(bond.similarity),
            share(bond.cosine),
            share(bond.time_factor),
            short_title(title)
        ));
        let terms: Vec<&str> = terms.iter().map(|word| &*word.term).collect();
        lines.push(format!("{:10}   {}", "", terms.join(", ")));
        if let (Some(about), Some(both)) = (about, fit) {
            let why = if events.contains(&&*about.event) {
                "as above".to_owned()
            } else {
                format!("{}, below {threshold}", mean(both))
            };
            lines.push(format!("{:10}   event {} to this one: {why}", "", about.event));
            events.push(&about.event);
        }
    }
    lines
}
