//! `--filter until=…`: a time, or how long ago.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The time that is meant, seconds since 1970 UTC: `24h`, `1h30m`, `2026-01-02T03:04:05Z`, `1767323045`.
pub fn until(text: &str, now: SystemTime) -> Result<u64, String> {
    let time = ago(text)
        .and_then(|ago| now.checked_sub(ago))
        .or_else(|| {
            text.parse().ok().and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
        })
        .or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok().map(SystemTime::from));
    let seconds = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs());
    seconds.ok_or_else(|| format!("until={text} is no time: write 24h, 1h30m or 2026-01-02T03:04:05Z"))
}

/// Numbers each with its unit; at least one.
fn ago(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let unit = behind.chars().next().and_then(seconds)?;
        sum = sum.checked_add(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(unit)?))?;
        rest = behind.get(1..)?;
    }
    (!text.is_empty()).then_some(sum)
}

const fn seconds(unit: char) -> Option<u64> {
    match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        'd' => Some(86_400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_100_000(text: &str) -> Result<u64, String> {
        until(text, UNIX_EPOCH + Duration::from_secs(100_000))
    }

    #[test]
    fn how_long_ago_or_when() {
        for (text, seconds) in [
            ("0s", 100_000),
            ("10s", 99_990),
            ("1h30m", 94_600),
            ("1d", 13_600),
            ("1234", 1_234),
            ("1970-01-02T00:00:00Z", 86_400),
            ("1970-01-02T01:00:00+01:00", 86_400),
        ] {
            assert_eq!(at_100_000(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "h", "1", "2x", "1h30", "yesterday", "-1h", "99999999999999999999h", "1ä", "2d"] {
            assert_eq!(at_100_000(text).is_ok(), text == "1", "{text}");
        }
    }
}
