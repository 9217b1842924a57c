/** Whether a JSON text ends too early: within a string, or before its last bracket. */
export function isIncompleteJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (isInString && character === "\\") index++;
    else if (character === '"') isInString = !isInString;
    else if (!isInString && "[{".includes(character)) depth++;
    else if (!isInString && "]}".includes(character)) depth--;
  }
  return isInString || depth > 0;
}
