//! What has to be taken back if a later step fails.

use futures::future::BoxFuture;

use crate::failpoint;

/// Steps back, run last first.
///
/// Every step of an operation that leaves something behind pushes here how to take it back. When
/// all is done, [`Undo::keep`]; when a step fails, [`Undo::run`].
#[derive(Default)]
#[must_use = "what is pushed must be kept or run"]
pub(super) struct Undo {
    steps: Vec<(String, BoxFuture<'static, Result<(), String>>)>,
}

impl Undo {
    /// Nothing to take back yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a step back; `what` names it where it fails.
    pub(super) fn push<E, F>(&mut self, what: impl Into<String>, step: F)
    where
        E: std::fmt::Display,
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let step = async move { step.await.map_err(|error| error.to_string()) };
        let what = what.into();
        failpoint::pass(&what);
        self.steps.push((what, Box::pin(step)));
    }

    /// All is well: nothing is taken back.
    pub(super) fn keep(mut self) {
        self.steps.clear();
    }

    /// Takes everything back, the last first. One that fails is reported and does not stop the others.
    pub(super) async fn run(mut self) {
        while let Some((what, step)) = self.steps.pop() {
            if let Err(error) = step.await {
                tracing::warn!(what, error, "could not take back");
            }
        }
    }

    /// Ends an operation: keeps what was done if it succeeded, takes it back if not.
    pub(super) async fn settle<T, E>(self, result: Result<T, E>) -> Result<T, E> {
        match &result {
            Ok(_) => self.keep(),
            Err(_) => self.run().await,
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Five steps of which the `failing`th fails; returns what is left of the done ones.
    async fn left_after(failing: usize) -> Vec<usize> {
        let done = Arc::new(Mutex::new(Vec::new()));
        let locked = |done: &Mutex<Vec<usize>>| done.lock().map(|d| d.clone()).unwrap_or_default();
        let mut undo = Undo::new();
        let mut result = Ok(());
        for step in 0..5 {
            if step == failing {
                result = Err("no");
                break;
            }
            done.lock().expect("no panic meanwhile").push(step);
            let shared = Arc::clone(&done);
            undo.push(format!("step {step}"), async move {
                // Only the last done may go: the order is part of the promise.
                let popped = shared.lock().expect("no panic meanwhile").pop();
                if popped == Some(step) { Ok(()) } else { Err(format!("{popped:?}")) }
            });
        }
        let _ = undo.settle(result).await;
        locked(&done)
    }

    #[tokio::test]
    async fn a_failing_step_takes_all_before_it_back() {
        for failing in 0..5 {
            assert_eq!(left_after(failing).await, Vec::<usize>::new(), "step {failing} fails");
        }
    }

    #[tokio::test]
    async fn success_keeps_everything() {
        assert_eq!(left_after(9).await, vec![0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn a_step_back_that_fails_does_not_stop_the_others() {
        let reached = Arc::new(Mutex::new(false));
        let mut undo = Undo::new();
        let flag = Arc::clone(&reached);
        undo.push("first", async move {
            *flag.lock().expect("no panic meanwhile") = true;
            Ok::<(), String>(())
        });
        undo.push("second", async { Err("broken") });
        undo.run().await;
        assert!(*reached.lock().expect("no panic meanwhile"));
    }
}
