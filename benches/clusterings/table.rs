//! Every method at the setting that is best for all corpora together, in one table.

use crate::methods::{Method, methods};
use crate::scene::Scene;
use rayon::prelude::*;

/// A setting and its BCubed F1 on each corpus.
struct Tried {
    setting: Vec<f32>,
    f1: Vec<f64>,
}

/// What was tried that is best by a measure of the F1 of all corpora.
fn best_by(tried: &[Tried], measure: impl Fn(&[f64]) -> f64) -> &Tried {
    tried.iter().max_by(|a, b| measure(&a.f1).total_cmp(&measure(&b.f1))).expect("a method has a setting")
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Cells of a row of Markdown.
pub(crate) fn row(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().fold("|".to_owned(), |row, cell| row + " " + &cell + " |")
}

pub(crate) fn marks(marks: &[f64]) -> impl Iterator<Item = String> {
    marks.iter().map(|mark| format!("{mark:.3}"))
}

/// Prints a row a method.
pub(crate) fn print(scenes: &[Scene]) {
    methods().iter().for_each(|method| println!("{}", of_method(method, scenes)));
}

fn of_method(method: &Method, scenes: &[Scene]) -> String {
    let f1 = |setting: &[f32]| scenes.iter().map(|scene| scene.f1(&method.clusters(scene, setting))).collect();
    let tried: Vec<Tried> =
        method.settings().into_par_iter().map(|setting| Tried { f1: f1(&setting), setting }).collect();
    let best = best_by(&tried, mean);
    let of_each = |measure: &dyn Fn(&[f64], usize) -> f64| {
        let marks = (0..scenes.len()).map(|corpus| best_by(&tried, |f1| measure(f1, corpus)).f1[corpus]);
        format!("{:.4}", mean(&marks.collect::<Vec<_>>()))
    };
    let own = of_each(&|f1, corpus| f1[corpus]);
    let left_out = of_each(&|f1, corpus| f1.iter().sum::<f64>() - f1[corpus]);
    let spent = seconds(|| scenes.iter().for_each(|scene| drop(method.clusters(scene, &best.setting))));
    let setting = method.knobs.iter().zip(&best.setting).map(|((name, _), value)| format!("{name} {value:.3}"));
    let name = [method.name.to_owned(), setting.collect::<Vec<_>>().join(", ")];
    let summary = [format!("{:.4}", mean(&best.f1)), left_out, own, format!("{spent:.2}")];
    row(name.into_iter().chain(marks(&best.f1)).chain(summary))
}

/// The CPU seconds of this thread that a piece of work takes; where the system does not tell, those on the clock.
fn seconds(work: impl FnOnce()) -> f64 {
    let spent = || -> Option<f64> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(told.split(' ').next()?.parse::<f64>().ok()? / 1e9)
    };
    let (before, clock) = (spent(), std::time::Instant::now());
    work();
    spent().zip(before).map_or(clock.elapsed().as_secs_f64(), |(now, before)| now - before)
}
