//! The folder's files before the start: input, environment, orders, and the specification last, since a folder with
//! one is complete.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;

use super::{Start, program};
use crate::shim::folder::{VERSION, append_private, create_private, pack_env, write_by_rename};
use crate::shim::marked::Mark;
use crate::shim::{Folder, Input, ShimOrder, Spec};

/// Writes the folder of a new attempt. The inner error is why it cannot start.
pub fn write(folder: &Folder, start: &Start) -> io::Result<Result<(), String>> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder.path())?;
    let mark = Mark::new(&start.spec.run, &start.spec.agent, start.spec.attempt);
    let of_mark = || mark.variables().iter().filter_map(|variable| variable.split_once('='));
    let is_of_mark = |name: &str| of_mark().any(|(marked, _)| marked == name);
    let env: Vec<(&str, &str)> = start
        .env
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !is_of_mark(name))
        .chain(of_mark())
        .collect();
    if let Some((name, _)) = env.iter().find(|(name, value)| name.is_empty() || has_zero(name) || has_zero(value)) {
        return Ok(Err(format!("the environment variable `{name}` holds a zero byte or has no name")));
    }
    let path = env.iter().rfind(|(name, _)| *name == "PATH").map_or("", |(_, value)| value);
    let program = match program::find(&start.spec.program, path, &start.spec.cwd) {
        Ok(program) => program,
        Err(why) => return Ok(Err(why)),
    };
    if start.spec.args.iter().any(|arg| has_zero(arg)) {
        return Ok(Err("an argument holds a zero byte".to_owned()));
    }

    let has_input = !start.input.is_empty() || start.keep_input_open;
    if has_input {
        create_private(&folder.input())?.write_all(&start.input)?;
    }
    create_private(&folder.env())?.write_all(&pack_env(env.iter().copied()))?;
    let mut orders = create_private(&folder.ctl())?;
    if has_input && !start.keep_input_open {
        orders.write_all(ShimOrder::CloseInput.line(1).as_bytes())?;
    }
    let spec = Spec {
        v: VERSION,
        program,
        env: env.iter().map(|(name, _)| (*name).to_owned()).collect(),
        input: if has_input { Input::File } else { Input::Null },
        ..start.spec.clone()
    };
    write_by_rename(&folder.spec(), &spec)?;
    Ok(Ok(()))
}

/// Returns the number of the last order in the folder, and ends a line that a crash has torn.
pub fn last_order(folder: &Folder) -> u64 {
    let orders = fs::read_to_string(folder.ctl()).unwrap_or_default();
    if !orders.is_empty() && !orders.ends_with('\n') {
        // If this fails, so will the next order, and that is told.
        let _ = append_private(&folder.ctl()).and_then(|mut ctl| ctl.write_all(b"\n"));
    }
    orders.lines().filter_map(|line| line.split(' ').next()?.parse::<u64>().ok()).max().unwrap_or(0)
}

fn has_zero(text: &str) -> bool {
    text.contains('\0')
}
