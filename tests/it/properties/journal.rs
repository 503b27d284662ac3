//! Whatever is in a journal, in whatever order: it is read, folded and shown.

use std::path::PathBuf;

use quintet::run::Run;
use quintet::team_dir::{Line, log};

use crate::screens::world::plan;

/// Holds for the text of a journal.
pub fn hold(bytes: &[u8]) {
    let mut run = Run::new("1122-1550-k3f", plan(), PathBuf::from("plan.md"), PathBuf::from("/project"));
    let (mut now, mut wall) = Default::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Line::Known(envelope) = Line::read(line) else { continue };
        let written = envelope.line();
        let Line::Known(again) = Line::read(written.as_bytes()) else { panic!("it does not read back: {written}") };
        assert_eq!(std::mem::discriminant(&again.record), std::mem::discriminant(&envelope.record));
        (now, wall) = (envelope.mono, envelope.t);
        run.take(now, wall, &envelope.record);
    }
    assert!(serde_json::from_str::<serde_json::Value>(&run.status(now, wall).text()).is_ok());
    log::written(&run.log(now, wall));
}
