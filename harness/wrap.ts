/** A text in lines of at most this width, broken between words; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((whole) => {
    if (whole.length <= width) return [whole];
    const lines: string[] = [];
    let line = '';
    for (const word of whole.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}
