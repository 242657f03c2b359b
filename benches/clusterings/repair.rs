//! Repairs: what may be done to the similarities before, and to the clusters after, average link.
//!
//! [`retimed`]: documents far apart in time keep a share of their similarity that grows with it, so that wrong dates do
//! not part what is plainly one story, and similar headlines of other weeks stay apart.
//! [`settled`]: documents move to the cluster that draws them more than their own by a margin, one by one, until none
//! does; large clusters draw more than their mean says (local moving, as in Kernighan and Lin 1970).
//! [`merged`]: clusters merge whose mean similarity is high against what holds each together, which a mean alone does
//! not see in large events of many voices.
//!
//! Time: `rounds x edges` each. Bad case of the last: confusable events of one vocabulary, which agree as fragments do.

use crate::numbers::numbers;
use crate::scene::{Edge, Scene};
use std::collections::HashMap;

const ROUNDS: usize = 5;
const HOUR_SECONDS: u64 = 3600;
/// The similarity without time at which the share that time cannot take is whole.
const PLAIN: f32 = 0.33;
/// The power by which that share grows with the similarity.
const GROWTH: f32 = 1.43;

/// The scene with another time factor, where both dates are known: an exponential over `days` to at most `floor`.
pub(crate) fn retimed<'c>(scene: &Scene<'c>, days: f32, floor: f32) -> Scene<'c> {
    let edge = |from: usize, edge: &Edge| {
        let times = scene.published[from].zip(scene.published[edge.to as usize]);
        let Some((a, b)) = times else { return *edge };
        let apart = (a.abs_diff(b) / HOUR_SECONDS) as f32 / 24.0;
        let timeless = edge.similarity / edge.time;
        let floor = floor * (timeless / PLAIN).min(1.0).powf(GROWTH);
        let time = floor + (1.0 - floor) * (-apart / days).exp();
        Edge { to: edge.to, similarity: timeless * time, time }
    };
    let near = scene.near.iter().enumerate().map(|(from, edges)| edges.iter().map(|e| edge(from, e)).collect());
    scene.with(near.collect())
}

/// The clusters after documents moved: by the sum of similarities to a cluster over a `power` of its size, where that is
/// `margin` times what their own gives and reaches the least.
pub(crate) fn settled(scene: &Scene, start: &[u32], least: f32, margin: f32, power: f32) -> Vec<u32> {
    let (mut cluster, clusters) = numbers(start);
    let mut sizes = vec![0.0f32; clusters];
    cluster.iter().for_each(|&name| sizes[name as usize] += 1.0);
    for _ in 0..ROUNDS {
        let mut moved = false;
        for here in 0..scene.len() {
            let own = cluster[here];
            if sizes[own as usize] < 2.0 {
                continue;
            }
            let mut sums: HashMap<u32, f32> = HashMap::new();
            for edge in &scene.near[here] {
                *sums.entry(cluster[edge.to as usize]).or_default() += edge.similarity;
            }
            let stay = sums.remove(&own).unwrap_or(0.0) / (sizes[own as usize] - 1.0).powf(power);
            let draws = sums.into_iter().map(|(name, sum)| (sum / sizes[name as usize].powf(power), name));
            let best = draws.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            if let Some((_, there)) = best.filter(|&(draw, _)| draw >= least && draw > stay * margin) {
                sizes[own as usize] -= 1.0;
                sizes[there as usize] += 1.0;
                cluster[here] = there;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    cluster
}

/// The clusters after merging those whose mean similarity, over `power` of the product of what holds each together,
/// reaches the threshold; in each round the best first, no cluster twice.
pub(crate) fn merged(scene: &Scene, start: &[u32], threshold: f64, power: f64) -> Vec<u32> {
    let (mut cluster, mut clusters) = numbers(start);
    loop {
        let mut used = vec![false; clusters];
        let mut into: Vec<u32> = (0..clusters as u32).collect();
        for (_, a, b) in offers(scene, &cluster, clusters, threshold, power) {
            if !used[a as usize] && !used[b as usize] {
                (used[a as usize], used[b as usize], into[b as usize]) = (true, true, a);
            }
        }
        if !used.contains(&true) {
            return cluster;
        }
        let names: Vec<u32> = cluster.iter().map(|&name| into[name as usize]).collect();
        (cluster, clusters) = numbers(&names);
    }
}

fn offers(scene: &Scene, cluster: &[u32], clusters: usize, threshold: f64, power: f64) -> Vec<(f64, u32, u32)> {
    let (mut sizes, mut within) = (vec![0.0f64; clusters], vec![0.0f64; clusters]);
    let mut between: HashMap<(u32, u32), f64> = HashMap::new();
    for (edges, &a) in scene.near.iter().zip(cluster) {
        sizes[a as usize] += 1.0;
        for edge in edges {
            let b = cluster[edge.to as usize];
            match a.cmp(&b) {
                std::cmp::Ordering::Less => *between.entry((a, b)).or_default() += f64::from(edge.similarity),
                std::cmp::Ordering::Equal => within[a as usize] += f64::from(edge.similarity),
                std::cmp::Ordering::Greater => {}
            }
        }
    }
    let size = |name: u32| sizes[name as usize];
    let pairs = |name: u32| size(name) * (size(name) - 1.0);
    let held = |name: u32| if pairs(name) > 0.0 { (within[name as usize] / pairs(name)).min(1.0) } else { 1.0 };
    let score = |((a, b), sum): ((u32, u32), f64)| (sum / (size(a) * size(b)) / (held(a) * held(b)).powf(power), a, b);
    let mut offers: Vec<_> = between.into_iter().map(score).filter(|&(score, ..)| score >= threshold).collect();
    offers.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    offers
}
