//! Times as people say them.

use std::time::{Duration, SystemTime};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Time since `rfc3339`; none where it is empty or no time. Zero for one that is yet to come.
pub(super) fn since(rfc3339: &str, now: SystemTime) -> Option<Duration> {
    let then = OffsetDateTime::parse(rfc3339, &Rfc3339).ok()?;
    Some(now.duration_since(then.into()).unwrap_or_default())
}

/// The biggest unit only: `1 second`, `12 minutes`, `3 days`.
pub(super) fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_biggest_unit_is_said() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn times_are_read_as_utc() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(90);
        assert_eq!(since("1970-01-01T00:01:00Z", now), Some(Duration::from_secs(30)));
        assert_eq!(since("1970-01-01T00:02:00.5Z", now), Some(Duration::ZERO));
        assert_eq!(since("", now), None);
    }
}
