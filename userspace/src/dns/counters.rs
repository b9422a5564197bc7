//! What became of the queries.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counters of all containers together.
        #[derive(Debug, Default)]
        pub struct Counters {
            $(pub(super) $name: Counter,)*
        }

        /// What [`Counters`] stand at; a query is counted once, an answer that did not go out again.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// Where they stand.
            pub fn counts(&self) -> Counts {
                Counts { $($name: self.$name.0.load(Relaxed),)* }
            }
        }

        impl Counts {
            /// Each with its name, for `/metrics`.
            pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Answered with records.
    answered,
    /// A known name without records of that type.
    empty,
    /// Names and addresses that our networks would have, and have not.
    unknown,
    /// Asked of a server, which answered.
    forwarded,
    /// Asked of servers, of which none gave a good answer; or there was none to ask.
    failed,
    /// Too many at once; or a class or a transfer that we do not serve.
    refused,
    /// No DNS message, or not one question, or another operation than a query.
    malformed,
    /// Answers that their client did not take.
    unsent,
    /// TCP connections beyond the limit of a container.
    turned_away,
}

/// One counter.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}
