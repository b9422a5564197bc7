//! How the demo speaks: a sentence for what happens, the command that does it, what came of it.

/// A sentence of the story.
pub(crate) fn tell(sentence: &str) {
    println!("\n{sentence}");
}

/// A command as somebody on that node would type it.
pub(crate) fn typed(node: &str, line: &str) {
    println!("  {node}$ {line}");
}

/// What a command printed.
pub(crate) fn said(text: &str) {
    for line in text.lines() {
        println!("    {line}");
    }
}
