//! The ways to cluster that are compared, and the values tried of each one's knobs.

use crate::leiden::{Communities, Mass};
use crate::scene::Scene;
use crate::{linkage, online, propagation, repair};
use newsfold::event::Params;

/// A knob and the values that are tried.
type Knob = (&'static str, Vec<f32>);

/// A way to cluster.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) knobs: Vec<Knob>,
    run: fn(&Scene, &[f32]) -> Vec<u32>,
}

impl Method {
    pub(crate) fn clusters(&self, scene: &Scene, setting: &[f32]) -> Vec<u32> {
        (self.run)(scene, setting)
    }

    /// Every setting that is tried.
    pub(crate) fn settings(&self) -> Vec<Vec<f32>> {
        self.knobs.iter().fold(vec![vec![]], |settings, (_, values)| {
            let with = |setting: &Vec<f32>| values.iter().map(|&value| [&setting[..], &[value]].concat()).collect();
            settings.iter().flat_map(|setting| -> Vec<Vec<f32>> { with(setting) }).collect()
        })
    }
}

/// So many values from the first to the last, each as much greater than the one before.
fn from(first: f32, last: f32, count: usize) -> Vec<f32> {
    (0..count).map(|n| first * (last / first).powf(n as f32 / (count - 1) as f32)).collect()
}

fn average_link(scene: &Scene, threshold: f32, damping: f32) -> Vec<u32> {
    linkage::clusters(scene, linkage::average(damping), threshold)
}

fn communities(mass: Mass, refined: bool, scene: &Scene, setting: &[f32]) -> Vec<u32> {
    let growth = setting.get(1).copied().unwrap_or(0.0);
    Communities { mass, refined, resolution: setting[0], growth }.clusters(scene)
}

/// All of them.
pub(crate) fn methods() -> Vec<Method> {
    let shipped = Params::default();
    let thresholds = || from(0.08, 0.12, 10);
    let dampings = || vec![0.0, 0.08, shipped.damping, 0.25];
    let potts = || vec![("resolution", from(0.02, 0.3, 20)), ("growth", vec![0.0, 0.1, 0.2, 0.4])];
    vec![
        Method {
            name: "average link, damped",
            knobs: vec![("threshold", thresholds()), ("damping", dampings())],
            run: |scene, k| average_link(scene, k[0], k[1]),
        },
        Method {
            name: "single link (components)",
            knobs: vec![("threshold", from(0.1, 0.6, 20))],
            run: |scene, k| linkage::clusters(scene, linkage::single, k[0]),
        },
        Method {
            name: "complete link",
            knobs: vec![("threshold", from(0.005, 0.3, 24))],
            run: |scene, k| linkage::clusters(scene, linkage::complete, k[0]),
        },
        Method {
            name: "Leiden, constant Potts",
            knobs: potts(),
            run: |scene, k| communities(Mass::Potts, true, scene, k),
        },
        Method {
            name: "Louvain, constant Potts",
            knobs: potts(),
            run: |scene, k| communities(Mass::Potts, false, scene, k),
        },
        Method {
            name: "Leiden, modularity",
            knobs: vec![("resolution", from(1.0, 300.0, 24))],
            run: |scene, k| communities(Mass::Modularity, true, scene, k),
        },
        Method {
            name: "label propagation",
            knobs: vec![("threshold", from(0.1, 0.6, 20))],
            run: |scene, k| propagation::clusters(scene, k[0]),
        },
        Method {
            name: "online centroids",
            knobs: vec![("threshold", from(0.1, 0.4, 16)), ("days", from(1.5, 24.0, 5))],
            run: |scene, k| online::clusters(scene, k[0], k[1]),
        },
        Method {
            name: "average link, fragments merged",
            knobs: vec![("threshold", from(0.1, 0.4, 10)), ("power", vec![0.25, 0.5, 0.75])],
            run: |scene, k| {
                let start = average_link(scene, 0.095, 0.2);
                repair::merged(scene, &start, f64::from(k[0]), f64::from(k[1]))
            },
        },
        Method {
            name: "average link, settled",
            knobs: vec![("margin", vec![1.0, 1.15, 1.3, 1.6, 2.0]), ("power", vec![0.5, 0.6, 0.7, 0.85, 1.0])],
            run: |scene, k| {
                let start = average_link(scene, 0.095, 0.2);
                repair::settled(scene, &start, 0.09, k[0], k[1])
            },
        },
        Method {
            name: "retimed, average link",
            knobs: vec![("days", from(0.7, 2.0, 5)), ("floor", vec![0.25, 0.3, 0.35, 0.4, 0.5])],
            run: |scene, k| average_link(&repair::retimed(scene, k[0], k[1]), 0.095, 0.165),
        },
        Method {
            name: "retimed, average link, settled",
            knobs: vec![("days", from(0.7, 2.0, 5)), ("floor", vec![0.25, 0.3, 0.35, 0.4, 0.5])],
            run: |scene, k| {
                let scene = &repair::retimed(scene, k[0], k[1]);
                repair::settled(scene, &average_link(scene, 0.095, 0.165), 0.09, 1.3, 0.6)
            },
        },
    ]
}
