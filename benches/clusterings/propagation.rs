//! Label propagation: every document takes the label with the most similarity around it, in order, until none changes.
//!
//! Raghavan, Albert and Kumara 2007, "Near linear time algorithm to detect community structures in large-scale
//! networks"; edges below a bound are none. Time: rounds x edges. Bad case: one label floods whatever hangs together.

use crate::scene::Scene;
use std::collections::HashMap;

const ROUNDS: usize = 50;

pub(crate) fn clusters(scene: &Scene, threshold: f32) -> Vec<u32> {
    let mut label: Vec<u32> = (0..scene.len() as u32).collect();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for here in 0..scene.len() {
            let mut votes: HashMap<u32, f32> = HashMap::new();
            for edge in scene.near[here].iter().filter(|edge| edge.similarity >= threshold) {
                *votes.entry(label[edge.to as usize]).or_default() += edge.similarity;
            }
            let own = votes.get(&label[here]).copied().unwrap_or(0.0);
            let best = votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            if let Some((name, _)) = best.filter(|&(_, votes)| votes > own) {
                label[here] = name;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    label
}
