//! Documents to events.
mod cluster;
mod neighbours;
mod vector;
use vector::Vectors;
pub use vector::{Features, Reader, Reading};

/// Params.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Params {
    /// similarity two clusters need
    pub threshold: f32,
    /// days
    pub days: f32,
    /// floor of the time factor
    pub time_floor: f32,
    /// undated
    pub undated: f32,
    /// density exponent
    pub density: f32,
    /// rank
    pub density_rank: usize,
    /// far days
    pub far_days: f32,
    /// least
    pub density_floor: f32,
    /// damping
    pub damping: f32,
    /// least cosine
    pub least: f32,
    /// neighbours kept
    pub neighbours: usize,
    /// terms per vector
    pub terms: usize,
    /// shape
    pub shape: f32,
    /// budget
    pub budget: usize,
    /// posting cap
    pub postings: usize,
    /// idf power
    pub idf_power: f32,
    /// singles in norm
    pub single: f32,
    /// pair weight
    pub pair: f32,
    /// prior
    pub prior: f32,
    /// max df share
    pub common: f32,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            threshold: 0.1,
            days: 2.0,
            time_floor: 0.3,
            undated: 0.8,
            density: 0.25,
            density_rank: 10,
            far_days: 10.0,
            density_floor: 0.03,
            damping: 0.1,
            least: 0.02,
            neighbours: 100,
            terms: 128,
            postings: 512,
            budget: 8192,
            shape: 1.0,
            idf_power: 0.8,
            single: 0.3,
            pair: 1.0,
            prior: 200.0,
            common: 0.3,
        }
    }
}

/// Result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clusters {
    /// label of each
    pub event: Vec<u32>,
}

/// Clusters.
pub fn cluster(features: &[Features], published: &[Option<i64>], params: &Params) -> Clusters {
    let t = std::time::Instant::now();
    let vectors = Vectors::new(features, params);
    let t1 = t.elapsed();
    let neighbours = neighbours::neighbours(&vectors, published, params);
    let t2 = t.elapsed();
    let edges = cluster::edges(&neighbours, published, params);
    let event = cluster::average_link(features.len(), &edges, params.threshold, params.damping);
    if std::env::var("TIMES").is_ok() {
        eprintln!("vectors {t1:?} neighbours {:?} link {:?} edges {}", t2 - t1, t.elapsed() - t2, edges.len());
    }
    Clusters { event }
}

impl Params {
    /// Validate.
    pub fn validate(&self) -> Result<(), (&'static str, String, &'static str)> {
        Ok(())
    }
}
