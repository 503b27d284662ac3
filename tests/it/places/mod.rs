//! Agents at places beyond this machine, for real: `.ci/run` installs what they need; elsewhere they are skipped, and
//! the reason is printed at the end of `.ci/run`.

mod cluster;
mod hosts;
mod lab;
mod scale;

/// An agent that takes a second and says where it is.
const WORKS: &str = "for i in 1 2 3 4 5; do echo \"$QUINTET_AGENT $i\"; sleep 0.2; done\n\
                     echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";
/// One that notes each start, and ends when the file `go` is there.
const WAITS: &str = "echo \"$QUINTET_ATTEMPT\" >> \"starts-$QUINTET_AGENT\"\nuntil test -e go; do sleep 0.1; done\n\
                     echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";
/// One that does not hear TERM, and starts a child in a session of its own.
const DEAF: &str =
    "trap '' TERM\nsetsid bash -c \"trap '' TERM; while true; do sleep 0.1; done\" &\nwhile true; do sleep 0.1; done";
