//! Connections that come and go: connect, one request, close, as many as one core for both ends can
//! make. Through a service's address, straight to the backend, and through nftables' DNAT.

mod ends;
mod places;

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use causeway_lab::{Process, run, spawn, wait};

pub(crate) use self::ends::End;
use self::places::{Place, Way};
use super::report::{Report, Series};

/// Measures all ways in turn, `rounds` times, on one node and across two; `tool` is this program, built
/// for release.
///
/// # Errors
/// If the cluster cannot be built or a connection breaks.
pub(crate) fn measure(bins: &Path, tool: &Path, rounds: usize) -> Result<Vec<Report>> {
    println!("bench: building two nodes: a backend and clients on one, another backend on the other");
    let stage = places::Stage::build(bins)?;
    let titles = [
        "connections a second, backend on the client's node (goal: VIP >= 0.95x of direct)",
        "connections a second, backend on another node (goal: VIP >= 0.95x of direct)",
    ];
    stage.places.iter().zip(titles).map(|(place, title)| of_place(place, title, tool, rounds)).collect()
}

fn of_place(place: &Place, title: &'static str, tool: &Path, rounds: usize) -> Result<Report> {
    let mut command = spawn::command(&place.server, tool);
    command.args([
        "connections",
        "serve",
        &SocketAddr::from((place.ways[0].address, places::PORT)).to_string(),
    ]);
    let _server = Process::spawn(&mut command, Path::new("/dev/null"))?;
    let answers = |way: &Way| Ok(one_round(tool, way).is_ok());
    for way in &place.ways {
        wait::until(&format!("{} is answered", way.name), Duration::from_secs(10), || answers(way))?;
    }
    let mut series: Vec<Series> =
        place.ways.iter().map(|way| Series { name: way.name, rounds: Vec::new() }).collect();
    for round in 0..rounds {
        // Nobody is always first.
        for turn in 0..series.len() {
            let which = (round + turn) % series.len();
            series[which].rounds.push(one_round(tool, &place.ways[which])?);
        }
    }
    Ok(Report { title, what: "WAY", unit: "1/s", series })
}

/// Connections a second in one round.
fn one_round(tool: &Path, way: &Way) -> Result<f64> {
    let mut command = spawn::command(&way.client, tool);
    command.args(["connections", "measure", &SocketAddr::from((way.address, places::PORT)).to_string()]);
    let said = run::output(&mut command, run::LIMIT)?.text().context(way.name)?;
    Ok(said.trim().parse()?)
}
