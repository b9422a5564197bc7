//! Mutations of JSON that leave it JSON: a byte that is changed anywhere mostly makes something that nobody reads
//! further than there. Every other time one value in an input is changed instead, of whichever line.

use rand::{Rng as _, SeedableRng as _, rngs::SmallRng, seq::IndexedRandom as _};
use serde_json::{Value, json};

/// Numbers at which something ends.
const ENDS: &[u64] =
    &[0, 1, 31, 32, 80, 4095, 65_535, 65_536, u32::MAX as u64, 1 << 32, i64::MAX as u64, u64::MAX];
/// Pieces of names, addresses and the like.
const PIECES: &[&str] =
    &["\n", " ", "/", ".", ":", "=", ",", "-", "+", "0", "9", "a", "ä", "\u{0}", "0.0.0.0/0", "::1"];

/// For libFuzzer: changes the first `size` bytes of `data`, of which there are `most`; how many they are then.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut chance = SmallRng::seed_from_u64(seed.into());
    let changed = if chance.random() { changed(&data[..size], &mut chance) } else { None };
    match changed.filter(|changed| changed.len() <= most) {
        Some(changed) => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, most),
    }
}

/// An input with one value changed; none where there is no JSON.
fn changed(input: &[u8], chance: &mut SmallRng) -> Option<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = input.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let place = chance.random_range(0..lines.len());
    let line = lines.get_mut(place)?;
    let begin = line.iter().position(|byte| matches!(byte, b'{' | b'['))?;
    let mut value: Value = serde_json::from_slice(&line[begin..]).ok()?;
    let which = chance.random_range(0..count(&value));
    change(nth(&mut value, which)?, chance);
    line.truncate(begin);
    line.extend(value.to_string().bytes());
    Some(lines.join(&b'\n'))
}

/// How many values there are in one, itself among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum::<usize>(),
        Value::Object(values) => values.values().map(count).sum(),
        _ => 0,
    }
}

/// One of them.
fn nth(value: &mut Value, mut which: usize) -> Option<&mut Value> {
    if which == 0 {
        return Some(value);
    }
    which -= 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(values) => values.iter_mut().collect(),
        Value::Object(values) => values.values_mut().collect(),
        _ => return None,
    };
    for value in inner {
        let here = count(value);
        if which < here {
            return nth(value, which);
        }
        which -= here;
    }
    None
}

fn change(value: &mut Value, chance: &mut SmallRng) {
    match value {
        Value::Bool(flag) => *flag = !*flag,
        Value::Number(number) => {
            let near = number.as_u64().unwrap_or_default().wrapping_add_signed(chance.random_range(-2..3));
            *value =
                if chance.random() { near.into() } else { ENDS.choose(chance).copied().unwrap_or(7).into() };
        }
        Value::String(text) => *text = other(text, chance),
        Value::Array(values) if !values.is_empty() => {
            let at = chance.random_range(0..values.len());
            let again = values.remove(at);
            (0..chance.random_range(0..3)).for_each(|_| values.insert(at, again.clone()));
        }
        Value::Object(values) => {
            let key = values.keys().nth(chance.random_range(0..values.len().max(1))).cloned();
            key.map(|key| values.remove(&key));
        }
        _ => *value = json!(PIECES.choose(chance)),
    }
}

/// A text with a piece put in, or in the place of what stood there.
fn other(text: &str, chance: &mut SmallRng) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = chance.random_range(0..=letters.len());
    let behind = (at + chance.random_range(0..3)).min(letters.len());
    let piece = PIECES.choose(chance).copied().filter(|_| chance.random_bool(0.8)).unwrap_or_default();
    letters[..at].iter().copied().chain(piece.chars()).chain(letters[behind..].iter().copied()).collect()
}
