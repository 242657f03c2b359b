//! Leiden and Louvain: nodes move to the community they gain most by, communities become nodes, and again.
//!
//! Quality: the sum over communities of `W - resolution M^(2 + growth) / 2`, W the similarities within, M the mass. In
//! the constant Potts model a document has the mass 1: two communities join where the mean similarity between them
//! exceeds the resolution, harder as they grow; in modularity (Newman 2004) it has its share of all similarity.
//!
//! Blondel et al. 2008, "Fast unfolding of communities in large networks"; Traag, Waltman and van Eck 2019, "From
//! Louvain to Leiden": what becomes a node is a part of a community that holds together by itself. Nodes are visited in
//! order, and the best gain is taken, so that nothing is random. Time: passes x edges. Bad case: quality is a sum, and
//! a few large events outvote many small ones.

use crate::numbers::numbers;
use crate::scene::Scene;
use std::collections::{HashMap, VecDeque};

/// What a document weighs.
#[derive(Clone, Copy)]
pub(crate) enum Mass {
    Potts,
    Modularity,
}

/// How communities are found.
#[derive(Clone, Copy)]
pub(crate) struct Communities {
    pub(crate) mass: Mass,
    /// Whether parts of communities become nodes (Leiden), or whole ones (Louvain).
    pub(crate) refined: bool,
    pub(crate) resolution: f32,
    pub(crate) growth: f32,
}

/// Gains below are none, so that rounding moves nothing to and fro.
const LEAST_GAIN: f64 = 1e-9;
/// So many visits a node.
const VISITS: usize = 200;

struct Graph {
    near: Vec<Vec<(u32, f64)>>,
    mass: Vec<f64>,
}

impl Communities {
    pub(crate) fn clusters(self, scene: &Scene) -> Vec<u32> {
        let mut graph = self.graph(scene);
        // Of each document its node, of each node its community.
        let mut node: Vec<u32> = (0..scene.len() as u32).collect();
        let mut community = node.clone();
        loop {
            let moved = self.move_nodes(&graph, &mut community);
            let parts = if self.refined { self.parts(&graph, &community) } else { community.clone() };
            let (parts, count) = numbers(&parts);
            if !moved || count == parts.len() {
                return node.iter().map(|&node| community[node as usize]).collect();
            }
            let mut of_part = vec![0; count];
            parts.iter().zip(&community).for_each(|(&part, &community)| of_part[part as usize] = community);
            community = numbers(&of_part).0;
            node.iter_mut().for_each(|node| *node = parts[*node as usize]);
            graph = graph.contracted(&parts, count);
        }
    }

    fn graph(self, scene: &Scene) -> Graph {
        let edges = scene.near.iter().map(|edges| edges.iter().map(|edge| (edge.to, f64::from(edge.similarity))));
        let near: Vec<Vec<(u32, f64)>> = edges.map(Iterator::collect).collect();
        let strength: Vec<f64> = near.iter().map(|edges| edges.iter().map(|edge| edge.1).sum()).collect();
        let all = strength.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mass = match self.mass {
            Mass::Potts => vec![1.0; near.len()],
            Mass::Modularity => strength.iter().map(|strength| strength / all.sqrt()).collect(),
        };
        Graph { near, mass }
    }

    /// What the quality gains where two masses with this similarity between them come together.
    fn gain(self, between: f64, ours: f64, theirs: f64) -> f64 {
        let cost = |mass: f64| f64::from(self.resolution) * mass.powf(2.0 + f64::from(self.growth)) / 2.0;
        between - (cost(ours + theirs) - cost(ours) - cost(theirs))
    }

    /// Moves nodes until none gains; tells whether one moved.
    fn move_nodes(self, graph: &Graph, community: &mut [u32]) -> bool {
        let len = graph.mass.len();
        let (mut mass, mut members) = (vec![0.0; len], vec![0u32; len]);
        for (&name, node) in community.iter().zip(&graph.mass) {
            mass[name as usize] += node;
            members[name as usize] += 1;
        }
        let mut empty: Vec<u32> = (0..len as u32).filter(|&name| members[name as usize] == 0).collect();
        let (mut queue, mut queued) = ((0..len).collect::<VecDeque<usize>>(), vec![true; len]);
        let mut moved = false;
        for _ in 0..len * VISITS {
            let Some(node) = queue.pop_front() else { break };
            queued[node] = false;
            let (here, own) = (community[node], graph.mass[node]);
            mass[here as usize] -= own;
            let mut around = sums(&graph.near[node], community);
            if members[here as usize] > 1 {
                around.extend(empty.last().map(|&name| (name, 0.0)));
            }
            let gain = |&(name, between): &(u32, f64)| (self.gain(between, own, mass[name as usize]), name);
            let stay = around.iter().find(|side| side.0 == here).map_or(0.0, |side| side.1);
            let stay = self.gain(stay, own, mass[here as usize]) + LEAST_GAIN;
            let best = around.iter().map(gain).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            let there = best.filter(|&(gain, _)| gain > stay).map_or(here, |(_, name)| name);
            mass[there as usize] += own;
            if there == here {
                continue;
            }
            moved = true;
            community[node] = there;
            members[here as usize] -= 1;
            members[there as usize] += 1;
            empty.retain(|&name| name != there);
            empty.extend((members[here as usize] == 0).then_some(here));
            for &(other, _) in &graph.near[node] {
                if community[other as usize] != there && !queued[other as usize] {
                    queued[other as usize] = true;
                    queue.push_back(other as usize);
                }
            }
        }
        moved
    }

    /// Parts of communities: nodes, each alone at first, join the part of their community that they gain most by.
    fn parts(self, graph: &Graph, community: &[u32]) -> Vec<u32> {
        let mut part: Vec<u32> = (0..community.len() as u32).collect();
        let (mut mass, mut alone) = (graph.mass.clone(), vec![true; community.len()]);
        for node in 0..community.len() {
            if !alone[node] {
                continue;
            }
            let ours = |&&(other, _): &&(u32, f64)| community[other as usize] == community[node];
            let near: Vec<(u32, f64)> = graph.near[node].iter().filter(ours).copied().collect();
            let gain = |(name, between): (u32, f64)| (self.gain(between, graph.mass[node], mass[name as usize]), name);
            let best = sums(&near, &part).into_iter().map(gain).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            if let Some((_, there)) = best.filter(|&(gain, _)| gain > 0.0) {
                mass[there as usize] += graph.mass[node];
                (part[node], alone[node], alone[there as usize]) = (there, false, false);
            }
        }
        part
    }
}

/// The similarity to each community around, in order.
fn sums(near: &[(u32, f64)], community: &[u32]) -> Vec<(u32, f64)> {
    let mut sums: HashMap<u32, f64> = HashMap::new();
    near.iter().for_each(|&(other, between)| *sums.entry(community[other as usize]).or_default() += between);
    let mut sums: Vec<(u32, f64)> = sums.into_iter().collect();
    sums.sort_unstable_by_key(|&(name, _)| name);
    sums
}

impl Graph {
    /// The graph whose nodes are the parts.
    fn contracted(&self, part: &[u32], count: usize) -> Graph {
        let (mut mass, mut near) = (vec![0.0; count], vec![Vec::new(); count]);
        for (node, edges) in self.near.iter().enumerate() {
            mass[part[node] as usize] += self.mass[node];
            near[part[node] as usize].extend(edges.iter().filter(|edge| part[edge.0 as usize] != part[node]));
        }
        Graph { near: near.iter().map(|edges| sums(edges, part)).collect(), mass }
    }
}
