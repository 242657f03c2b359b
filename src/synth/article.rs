//! One telling of an event: headline and text.

use super::copies::write_date;
use super::happening::{Figure, Profile};
use super::plan::{Plan, Planned};
use super::random::{Rng, Room, scale};
use super::world::{Name, SPEECH, STOCK_PHRASES, WORDS, World, capitalise, end_sentence};
use super::{Kind, Params, Record, Truth};
use std::fmt;
use std::fmt::Write as _;
use std::io;

/// Of 1000 content words, in sums: common, of the topic, of the event, of this telling, names; the rest are numbers.
pub(super) type Mix = [usize; 5];

/// One reporter's choice among the things of an event.
pub(super) struct Palette {
    pub(super) profile: Profile,
    pub(super) key: Vec<u16>,
    pub(super) angle: [u16; 24],
    pub(super) names: Vec<Name>,
    pub(super) places: usize,
    pub(super) figures: usize,
    pub(super) has_quote: [bool; 3],
    pub(super) event: u32,
    pub(super) mix: Mix,
    /// The same for the first two sentences.
    pub(super) lead: Mix,
}

impl Palette {
    pub(super) fn draw(rng: &mut Rng, plan: &Plan, world: &World, family: u32) -> Self {
        let event = plan.event_of[family as usize];
        let profile = Profile::of(plan, world, event);
        let ring = profile.ring.iter().cycle().skip(plan.phase(family, profile.ring.len() - 1)).take(8);
        let mut key: Vec<u16> = profile.core.iter().chain(ring).copied().collect();
        let kept = rng.within(300..950);
        key.retain(|_| rng.permille(kept));
        key.push(profile.core[0]);
        let mut names = profile.actors.to_vec();
        names.retain(|_| rng.permille(750));
        names.push(profile.actors[0]);
        names.push(Name::draw(rng));
        let close = rng.within(20..280);
        Self {
            mix: [360, 620, 620 + close, 910, 980],
            lead: [220, 400, 500 + close, 790, 950],
            angle: std::array::from_fn(|_| rng.skewed(300..WORDS) as u16),
            places: rng.within(1..profile.places.len() + 1),
            figures: rng.within(2..profile.figures.len() + 1),
            has_quote: std::array::from_fn(|_| rng.permille(450)),
            profile,
            key,
            names,
            event,
        }
    }
}

/// Writes documents, one after another, in the same buffers.
pub(super) struct Press<'a> {
    pub(super) params: &'a Params,
    pub(super) plan: &'a Plan,
    pub(super) world: &'a World,
    pub(super) base: String,
    pub(super) text: String,
    pub(super) title: String,
    pub(super) id: String,
    pub(super) group: String,
    pub(super) event: String,
    pub(super) url: String,
    pub(super) published: String,
    pub(super) record: Vec<u8>,
    pub(super) truth: Vec<u8>,
}

impl<'a> Press<'a> {
    pub(super) fn new(params: &'a Params, plan: &'a Plan, world: &'a World) -> Self {
        let text = String::new;
        Self {
            params,
            plan,
            world,
            base: text(),
            text: text(),
            title: text(),
            id: text(),
            group: text(),
            event: text(),
            url: text(),
            published: text(),
            record: Vec::new(),
            truth: Vec::new(),
        }
    }

    /// Fills `record` and `truth` with the next document's lines.
    pub(super) fn document(&mut self, row: u32, planned: &Planned) -> io::Result<()> {
        let &Planned { family, copy, .. } = planned;
        let mut rng = Rng::of(self.plan.seed, Room::Telling, u64::from(family) << 1);
        let home = self.world.outlet_zipf.draw(&mut rng);
        let palette = Palette::draw(&mut rng, self.plan, self.world, family);
        self.headline(&mut rng, &palette);
        self.body(&mut rng, &palette, self.world.outlets[home].is_curly);
        let (outlet, kind, rate) = match copy {
            0 => {
                std::mem::swap(&mut self.text, &mut self.base);
                (home, Kind::Original, 0)
            }
            _ => self.copy(family, copy, home, &palette),
        };
        self.name(row, family, copy, palette.event, outlet).map_err(io::Error::other)?;
        self.lines(outlet, kind, rate)
    }

    /// The ids, the address and the date.
    pub(super) fn name(&mut self, row: u32, family: u32, copy: u32, event: u32, outlet: usize) -> fmt::Result {
        let (seed, outlet) = (self.plan.seed, &self.world.outlets[outlet]);
        for text in [&mut self.id, &mut self.group, &mut self.event, &mut self.url, &mut self.published] {
            text.clear();
        }
        write!(self.id, "s{seed}-{row}")?;
        write!(self.group, "s{seed}-{}", self.plan.original[family as usize])?;
        write!(self.event, "s{seed}-e{event}")?;
        write_date(&mut self.published, self.plan.published(family, copy), outlet.offset)?;
        let day = self.published[..10].replace('-', "/");
        write!(self.url, "https://{}/{day}/", outlet.host)?;
        for letter in self.title.bytes() {
            match letter {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => self.url.push(letter.to_ascii_lowercase().into()),
                b' ' => self.url.push('-'),
                _ => {}
            }
        }
        write!(self.url, "-{row}")
    }

    pub(super) fn lines(&mut self, outlet: usize, kind: Kind, permille: usize) -> io::Result<()> {
        let record = Record {
            id: &self.id,
            url: &self.url,
            title: &self.title,
            source: &self.world.outlets[outlet].host,
            published: &self.published,
            lang: "en",
            text: &self.text,
        };
        let rate = permille as f64 / 1000.0;
        let truth = Truth { id: &self.id, group: &self.group, event: &self.event, kind, rate };
        self.record.clear();
        self.truth.clear();
        serde_json::to_writer(&mut self.record, &record)?;
        serde_json::to_writer(&mut self.truth, &truth)?;
        self.record.push(b'\n');
        self.truth.push(b'\n');
        Ok(())
    }

    /// Six to ten words, most of them the event's.
    pub(super) fn headline(&mut self, rng: &mut Rng, palette: &Palette) {
        let world = self.world;
        let out = &mut self.title;
        out.clear();
        rng.pick(&palette.names[..palette.names.len() - 1]).write(world, false, out);
        out.push(' ');
        let (mut next, mut place) = (rng.below(6), Some(palette.profile.places[0]));
        for _ in 0..rng.within(4..8) {
            match rng.below(1000) {
                0..520 => {
                    out.push_str(world.words.get(palette.profile.core[next % 6] as usize));
                    next += 1;
                }
                520..640 => out.push_str(world.words.get(rng.pick(&palette.angle) as usize)),
                640..760 => match place.take() {
                    Some(place) => out.push_str(world.names.get(place as usize)),
                    None => out.push_str(world.words.get(world.zipf.draw(rng))),
                },
                760..810 => {
                    let _ = rng.pick(&palette.profile.figures[..2]).write(out);
                }
                _ => out.push_str(world.function.get(world.function_zipf.draw(rng))),
            }
            out.push(' ');
        }
        out.truncate(out.trim_end().len());
        capitalise(out, 0);
    }

    /// The article: paragraphs of sentences, some of them quotes.
    pub(super) fn body(&mut self, rng: &mut Rng, palette: &Palette, is_curly: bool) {
        let target = length(rng, self.params.words as usize);
        let mut out = std::mem::take(&mut self.base);
        out.clear();
        let (open, close) = if is_curly { ("“", "”") } else { ("\"", "\"") };
        let mut quotes = palette.has_quote;
        let (mut words, mut sentences) = (0, 0);
        while words < target {
            if sentences > 0 {
                out.push_str("\n\n");
            }
            for at in 0..rng.within(1..5) {
                if at > 0 {
                    out.push(' ');
                }
                let mix = if sentences < 2 { &palette.lead } else { &palette.mix };
                words += match rng.below(1000) {
                    0..130 if sentences > 1 => {
                        out.push_str(open);
                        let shared = quotes.iter().position(|&has| has).filter(|_| rng.permille(600));
                        let count = self.quote(rng, palette, shared, &mut out);
                        if let Some(quote) = shared {
                            quotes[quote] = false;
                        }
                        out.push_str(close);
                        count + self.speaker(rng, palette, &mut out)
                    }
                    _ => self.sentence(rng, palette, mix, &mut out),
                };
                sentences += 1;
            }
        }
        self.base = out;
    }

    pub(super) fn sentence(&self, rng: &mut Rng, palette: &Palette, mix: &Mix, out: &mut String) -> usize {
        let start = out.len();
        let count = 6 + rng.below(16) + rng.below(14);
        let words = self.words(rng, palette, mix, count, out);
        end_sentence(out, start, if rng.permille(970) { "." } else { "?" });
        words
    }

    /// What was said: in the same words wherever the event's quote of this number stands.
    pub(super) fn quote(&self, rng: &mut Rng, palette: &Palette, shared: Option<usize>, out: &mut String) -> usize {
        let start = out.len();
        let number = u64::from(palette.event) << 2 | shared.unwrap_or(3) as u64;
        let mut said = Rng::of(self.plan.seed, Room::Quote, number);
        let count = if shared.is_some() { said.within(8..16) } else { rng.within(6..24) };
        match shared {
            Some(_) => (0..count).for_each(|_| self.world.any_word(&mut said, out)),
            None => {
                self.words(rng, palette, &palette.mix, count, out);
            }
        }
        end_sentence(out, start, ",");
        count
    }

    pub(super) fn speaker(&self, rng: &mut Rng, palette: &Palette, out: &mut String) -> usize {
        out.push(' ');
        let name = rng.pick(&palette.names);
        if rng.permille(500) {
            name.write(self.world, rng.permille(400), out);
            out.push(' ');
            out.push_str(rng.pick(&SPEECH));
        } else {
            out.push_str("said ");
            name.write(self.world, rng.permille(400), out);
        }
        out.push('.');
        3
    }

    /// Running text, a space after every word.
    pub(super) fn words(&self, rng: &mut Rng, palette: &Palette, mix: &Mix, count: usize, out: &mut String) -> usize {
        let world = self.world;
        let (mut after_function, mut written) = (true, 0);
        while written < count {
            let bits = rng.next();
            let kind = scale(bits & 0xffff_ffff, 1000);
            if kind < if after_function { 250 } else { 540 } {
                out.push_str(world.function.get(world.function_zipf.draw(rng)));
                after_function = true;
            } else if kind > 990 {
                let phrase = &world.phrases[scale(bits >> 32, STOCK_PHRASES)];
                out.push_str(phrase);
                written += 3;
                after_function = false;
            } else {
                written += self.content(rng, palette, mix, scale(bits >> 32, 1000), out);
                after_function = false;
                if kind > 950 && written + 3 < count {
                    out.push(',');
                }
            }
            out.push(' ');
            written += 1;
        }
        written
    }

    /// A content word of the given kind; how many words it has beyond one.
    #[inline]
    pub(super) fn content(&self, rng: &mut Rng, palette: &Palette, mix: &Mix, kind: usize, out: &mut String) -> usize {
        let world = self.world;
        if kind < mix[0] {
            out.push_str(world.words.get(world.zipf.draw(rng)));
        } else if kind < mix[1] {
            let words = &world.topics[palette.profile.topic].words;
            out.push_str(world.words.get(words[world.topic_zipf.draw(rng)] as usize));
        } else if kind < mix[2] {
            out.push_str(world.words.get(palette.key[rng.skewed(0..palette.key.len())] as usize));
        } else if kind < mix[3] {
            out.push_str(world.words.get(palette.angle[rng.skewed(0..palette.angle.len())] as usize));
        } else if kind < mix[4] {
            return self.proper(rng, palette, out);
        } else {
            let known = rng.pick(&palette.profile.figures[..palette.figures]);
            let figure = if rng.permille(500) { known } else { Figure::draw(rng) };
            let _ = figure.write(out);
            return 1;
        }
        0
    }

    /// A person, a body, a place or a day.
    pub(super) fn proper(&self, rng: &mut Rng, palette: &Palette, out: &mut String) -> usize {
        match rng.below(1000) {
            0..620 => {
                let whole = rng.permille(400);
                palette.names[rng.skewed(0..palette.names.len())].write(self.world, whole, out);
                usize::from(whole)
            }
            620..900 => {
                let place = palette.profile.places[rng.skewed(0..palette.places)];
                out.push_str(self.world.names.get(place as usize));
                0
            }
            _ => {
                out.push_str(palette.profile.weekday);
                0
            }
        }
    }
}

/// An original's length in words.
pub(super) fn length(rng: &mut Rng, mean: usize) -> usize {
    let permille = match rng.below(1000) {
        0..200 => rng.within(315..570),
        200..750 => rng.within(570..1240),
        750..970 => rng.within(1240..1715),
        _ => rng.skewed(1715..4760),
    };
    mean * permille / 1000
}
