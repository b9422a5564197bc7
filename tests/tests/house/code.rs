//! Telling code from comments, strings and tests: roughly, line by line, which is enough for rules.

/// Lines of code with their numbers, without comments and the inside of string literals.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, String)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, bare(line)))
}

/// As [`lines`], up to the module of unit tests.
pub(crate) fn without_tests(text: &str) -> impl Iterator<Item = (usize, String)> {
    lines(text).take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
}

/// A line without its comment and without the inside of its strings.
fn bare(line: &str) -> String {
    let mut bare = String::new();
    let mut letters = line.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => drop(letters.next()),
            '"' => quoted = !quoted,
            _ if quoted => {}
            '/' if letters.peek() == Some(&'/') => break,
            _ => bare.push(letter),
        }
    }
    bare
}

/// True if `word` stands in `text` with nothing wordlike on either side.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let wordlike = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let goes_on = word.ends_with(wordlike) && after.is_some_and(wordlike);
        !(before.is_some_and(wordlike) || goes_on)
    })
}

#[test]
fn comments_and_strings_are_no_code() {
    assert_eq!(bare("call(\"unsafe // text\"); // unsafe"), "call(\"\"); ".replace('"', ""));
    assert_eq!(bare("/// docs"), "");
}

#[test]
fn words_are_whole() {
    assert!(has_word("use aya::Ebpf", "aya::"));
    assert!(!has_word("use maya::Ebpf", "aya::"));
    assert!(!has_word("unsafely", "unsafe"));
    assert!(has_word("unsafe {", "unsafe"));
}

#[test]
fn unit_tests_are_left_out() {
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {}").count(), 1);
}
