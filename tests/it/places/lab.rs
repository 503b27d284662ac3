//! Places that are real and on this machine: an sshd of a test's own, a Slurm cluster for all of them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::machine::skip;

/// An sshd that lets this user in.
pub struct Hosts {
    folder: TempDir,
    sshd: Child,
}

/// A Slurm cluster. It ends with this process at the latest: its script reads our end of a pipe.
pub struct Cluster {
    folder: TempDir,
    script: Child,
}

impl Hosts {
    /// Starts an sshd under the names `h1` and `h2`; `None`, with a printed reason, where there is none.
    pub fn start() -> Option<Hosts> {
        let sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].into_iter().map(Path::new).find(|path| path.exists());
        let Some(sshd) = sshd else { return skip("sshd is not installed") };
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &path(key)]).status();
            if !made.is_ok_and(|status| status.success()) {
                return skip("ssh-keygen makes no keys");
            }
        }
        let port = free_ports(1);
        // It insists on this folder when it is root.
        let _ = fs::create_dir_all("/run/sshd");
        // A shell that was called by another reads no start files of the person.
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nMaxStartups 100\nPasswordAuthentication no\nSetEnv SHLVL=2\n",
            path("host"),
            path("user.pub")
        );
        fs::write(path("sshd.conf"), config).expect("it can be written");
        let known = fs::read_to_string(path("host.pub")).expect("it was made");
        fs::write(path("known"), format!("[127.0.0.1]:{port} {known}")).expect("it can be written");
        let config = format!(
            "Host h1 h2\n  HostName 127.0.0.1\nHost gone\n  HostName 127.0.0.1\n  Port 1\nHost *\n  Port {port}\n  \
             IdentityFile {}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n",
            path("user"),
            path("known")
        );
        fs::write(path("config"), config).expect("it can be written");
        let quiet = Stdio::null;
        let child = Command::new(sshd)
            .args(["-D", "-f", &path("sshd.conf"), "-E", &path("log")])
            .stdin(quiet())
            .stdout(quiet())
            .stderr(quiet())
            .spawn();
        let Ok(sshd) = child else { return skip("sshd does not start") };
        let hosts = Hosts { folder, sshd };
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > until {
                return skip("sshd does not listen");
            }
            std::thread::yield_now();
        }
        let there = Command::new("ssh").args(["-F", &hosts.config(), "-o", "BatchMode=yes", "h1", "true"]).output();
        match there {
            Ok(output) if output.status.success() => Some(hosts),
            Ok(output) => skip(&format!("sshd lets nobody in: {}", String::from_utf8_lossy(&output.stderr))),
            Err(error) => skip(&format!("ssh: {error}")),
        }
    }

    /// Returns the configuration of its clients.
    pub fn config(&self) -> String {
        self.folder.path().join("config").to_string_lossy().into_owned()
    }

    /// Returns the settings of a place `farm` on these hosts.
    pub fn settings(&self, hosts: &str) -> String {
        format!("[places.farm]\nkind = \"ssh\"\nhosts = [{hosts}]\noptions = [\"-F\", \"{}\"]\n", self.config())
    }

    /// Lets nobody in any more; connections that are there stay.
    pub fn close(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.close();
    }
}

impl Cluster {
    /// Returns the cluster of three nodes that the tests share; `None`, with a printed reason, where there can be none.
    pub fn shared() -> Option<&'static Cluster> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(|| Cluster::start(3)).as_ref()
    }

    /// Starts a cluster.
    pub fn start(nodes: u16) -> Option<Cluster> {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_ports(nodes + 1);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/places/cluster.sh");
        let mut script = Command::new("bash")
            .arg(script)
            .arg(folder.path())
            .args([nodes.to_string(), port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        let mut says = String::new();
        let out = script.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut says).expect("it is text");
        let cluster = Cluster { folder, script };
        if says.trim() == "ready" { Some(cluster) } else { skip(says.trim()) }
    }

    /// Returns the configuration of its users.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("slurm.conf")
    }

    /// Returns the files in which the controller and the nodes keep what they know.
    pub fn state_files(&self) -> Vec<PathBuf> {
        let mut found = vec![self.folder.path().to_owned()];
        let mut at = 0;
        while let Some(path) = found.get(at) {
            let inside: Vec<PathBuf> =
                fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            found.extend(inside);
            at += 1;
        }
        found.retain(|path| path.is_file());
        found
    }

    /// Returns what a command of Slurm prints.
    pub fn say(&self, program: &str, args: &[&str]) -> String {
        let output =
            Command::new(program).args(args).env("SLURM_CONF", self.config()).output().expect("it is installed");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Kills a node as a power cut would: its daemon and all that it has started.
    pub fn kill_node(&self, node: &str) {
        let daemon = fs::read_to_string(self.folder.path().join(format!("{node}.pid"))).expect("it was started");
        let kill = |pid: i32| {
            let pid = rustix::process::Pid::from_raw(pid).expect("not 0");
            // It may be gone by itself.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        };
        kill(daemon.trim().parse().expect("a number"));
        // Its jobs live below processes of their own, which know their node.
        for pid in pids() {
            let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let has = |wanted: String| environ.split(|byte| *byte == 0).any(|it| it == wanted.as_bytes());
            if has(format!("SLURMD_NODENAME={node}")) && has(format!("SLURM_CONF={}", self.config().display())) {
                kill(pid);
            }
            let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let spool = format!("{}/spool/{node}", self.folder.path().display());
            if String::from_utf8_lossy(&words).contains(&spool) {
                kill(pid);
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

fn pids() -> Vec<i32> {
    let entries = fs::read_dir("/proc").expect("there is one").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Returns the first of so many free ports in a row.
fn free_ports(count: u16) -> u16 {
    (0..200)
        .map(|at| 21_000 + (std::process::id() as u16 % 500) * 40 + at * 7)
        .find(|first| (*first..*first + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()))
        .expect("some ports are free")
}
