//! What tokio's tasks cost on a current-thread runtime: `tokio-tasks capacity1|capacity64|spawning|joining SECONDS`. The same
//! work in the same portions as bench/tasks.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

const WARM_UP: Duration = Duration::from_secs(1);
const BATCH_SIZE: u64 = 100_000;
/// Tasks at a time: as many as Pentio begins before others have their turn.
const GROUP: u64 = 64;

async fn pass(count: u64, capacity: usize) {
    let (sender, mut receiver) = mpsc::channel(capacity);
    tokio::spawn(async move {
        for i in 0..count {
            sender.send(i).await.unwrap();
        }
    });
    let mut sum = 0;
    while let Some(value) = receiver.recv().await {
        sum += value;
    }
    assert_eq!(sum, count * (count - 1) / 2);
}

async fn spawning(count: u64) {
    let mut begun = 0;
    while begun < count {
        let size = GROUP.min(count - begun);
        let tasks: Vec<_> = (0..size).map(|_| tokio::spawn(async {})).collect();
        for task in tasks {
            task.await.unwrap();
        }
        begun += size;
    }
}

async fn joining(count: u64) {
    for _ in 0..count {
        tokio::spawn(async {}).await.unwrap();
    }
}

async fn repeat<F: Future>(batch: &impl Fn(u64) -> F, length: Duration) -> u64 {
    let started = Instant::now();
    let mut operations = 0;
    while operations == 0 || started.elapsed() < length {
        batch(BATCH_SIZE).await;
        operations += BATCH_SIZE;
    }
    operations
}

fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // Safety: the kernel writes to the struct and keeps nothing of it.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) }, 0);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

async fn measure<F: Future>(batch: impl Fn(u64) -> F, seconds: f64) {
    repeat(&batch, WARM_UP).await;
    let cpu = cpu_seconds();
    let started = Instant::now();
    let operations = repeat(&batch, Duration::from_secs_f64(seconds)).await;
    println!(
        r#"{{"operations":{operations},"seconds":{},"cpuSeconds":{}}}"#,
        started.elapsed().as_secs_f64(),
        cpu_seconds() - cpu
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // In a task, for what block_on runs itself is polled less readily.
    tokio::spawn(measured()).await.unwrap();
}

async fn measured() {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = arguments[2].parse().unwrap();
    match arguments[1].as_str() {
        "capacity1" => measure(|count| pass(count, 1), seconds).await,
        "capacity64" => measure(|count| pass(count, 64), seconds).await,
        "spawning" => measure(spawning, seconds).await,
        "joining" => measure(joining, seconds).await,
        other => panic!("unknown measurement {other}"),
    }
}
