//! Where the process of an attempt runs: `local`, `slurm`, `ssh`.
