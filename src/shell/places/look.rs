//! Whether places share the disk: a file that is written here is read there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::call;
use crate::place::{Handle, Kind, Place, slurm};
use crate::shell::files::{self, Rights};

/// What a job wrote may be seen here some seconds later.
const SEEN_WITHIN: Duration = Duration::from_secs(10);

/// What was found of a place, or of one of its hosts: its name, and what is wrong, if something is.
pub type Found = (String, Result<(), String>);

/// Looks at every place. Blocks; a place that does not answer takes half a minute.
///
/// # Errors
/// No runtime can be had, or the project cannot be written to.
pub fn look(places: &BTreeMap<String, Place>, project: &Path, own_program: &Path) -> io::Result<Vec<Found>> {
    let token = format!("{}-{:?}", std::process::id(), std::time::SystemTime::now());
    let file = project.join(format!(".quintet-doctor-{}", std::process::id()));
    files::replace(&file, &token, Rights::Private)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let own_program = own_program.to_string_lossy().into_owned();
    let found = runtime.block_on(look_at_all(places, &file, &token, &own_program));
    for made in [file.clone(), seen(&file)] {
        // Not made is as good as removed.
        let _ = fs::remove_file(made);
    }
    Ok(found)
}

async fn look_at_all(places: &BTreeMap<String, Place>, file: &Path, token: &str, own_program: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for place in places.values() {
        match place.kind {
            Kind::Slurm => found.push((place.name.clone(), look_at_cluster(place, file, token, own_program).await)),
            Kind::Ssh => {
                for host in &place.hosts {
                    let answer = call(&place.look(Some(host), file, own_program)).await;
                    let is_it = answer.out == token;
                    let why = || {
                        if answer.code == Some(0) { "it printed something else".to_owned() } else { answer.complaint() }
                    };
                    found.push((format!("{} on {host}", place.name), if is_it { Ok(()) } else { Err(why()) }));
                }
            }
        }
    }
    found
}

async fn look_at_cluster(place: &Place, file: &Path, token: &str, own_program: &str) -> Result<(), String> {
    let answer = call(&place.look(None, file, own_program)).await;
    if answer.code.is_none() {
        let name = slurm::LOOK.to_owned();
        let handle = Handle { v: 1, place: place.name.clone(), name, host: None, job: None };
        call(&place.end(&handle, own_program)).await;
        return Err("its job still waits in the queue: nothing is known of its disk".to_owned());
    }
    if answer.code != Some(0) {
        return Err(format!("its job failed, so quintet or the folder is not there: {}", answer.complaint()));
    }
    let until = Instant::now() + SEEN_WITHIN;
    while fs::read_to_string(seen(file)).ok().as_deref() != Some(token) {
        if Instant::now() > until {
            return Err("what its job wrote is not seen here: the disk is not shared".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

fn seen(file: &Path) -> PathBuf {
    let mut seen = file.as_os_str().to_owned();
    seen.push(slurm::SEEN);
    PathBuf::from(seen)
}
