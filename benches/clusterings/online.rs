//! Online centroids: documents in the order of time, each to the nearest cluster so far, or to one of its own.
//!
//! `cos(document, centroid) exp(-days since the cluster's last document / days)` against one learned bound; after
//! Miranda et al. 2018, "Multilingual clustering of streaming news". A missing date is no distance. Time: documents x
//! the clusters that share a term. Bad case: an early wrong turn is never undone.

use crate::scene::Scene;
use std::collections::HashMap;

const DAY_SECONDS: f32 = 86_400.0;

/// A cluster so far: its last time, and the square of the length of the sum of its vectors.
struct Centroid {
    last: Option<i64>,
    square: f32,
}

pub(crate) fn clusters(scene: &Scene, threshold: f32, days: f32) -> Vec<u32> {
    let mut centroids: Vec<Centroid> = Vec::new();
    // Of each term, its weight in the sums of the clusters that have it.
    let mut index: HashMap<u32, HashMap<u32, f32>> = HashMap::new();
    let mut cluster = Vec::with_capacity(scene.len());
    for (vector, &at) in scene.vectors.iter().zip(&scene.published) {
        let mut sums: HashMap<u32, f32> = HashMap::new();
        for (term, weight) in vector {
            for (&name, there) in index.get(term).into_iter().flatten() {
                *sums.entry(name).or_default() += weight * there;
            }
        }
        let score = |(&name, sum): (&u32, &f32)| {
            let Centroid { last, square } = &centroids[name as usize];
            let apart = at.zip(*last).map_or(0.0, |(a, b)| a.abs_diff(b) as f32 / DAY_SECONDS);
            (sum / square.sqrt() * (-apart / days).exp(), name)
        };
        let best = sums.iter().map(score).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let square: f32 = vector.iter().map(|(_, weight)| weight * weight).sum();
        let name = match best.filter(|&(score, _)| score >= threshold) {
            Some((_, name)) => {
                let centroid = &mut centroids[name as usize];
                centroid.last = centroid.last.max(at);
                centroid.square += square + 2.0 * sums[&name];
                name
            }
            None => {
                centroids.push(Centroid { last: at, square: square.max(f32::MIN_POSITIVE) });
                centroids.len() as u32 - 1
            }
        };
        for &(term, weight) in vector {
            *index.entry(term).or_default().entry(name).or_default() += weight;
        }
        cluster.push(name);
    }
    cluster
}
