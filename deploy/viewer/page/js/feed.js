// Asks the server, one line of JSON per answer, as they come.

/** The server refused a question: `reason` is one of the words of the page. */
export class Refused extends Error {
  constructor(reason, subject) {
    super(reason);
    this.reason = reason;
    this.subject = subject;
  }
}

/** A board's definition, its language, and the boards beside it. */
export async function definition(uid) {
  const answer = await fetch(`/api/boards/${encodeURIComponent(uid)}`);
  if (!answer.ok) throw await refusal(answer);
  return answer.json();
}

/**
 * Ask all questions of a board, or with `what` "values" those of its filters.
 * @param {string} uid
 * @param {"answers" | "values"} what
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal aborting closes the connection, and the server stops asking
 * @param {(answer: any, text: string) => void} take
 */
export async function ask(uid, what, query, signal, take) {
  const answer = await fetch(`/api/boards/${encodeURIComponent(uid)}/${what}?${query}`, { signal });
  if (!answer.ok) throw await refusal(answer);
  let complete = false;
  for await (const line of lines(answer.body)) {
    const one = JSON.parse(line);
    if (one.kind === "end") complete = true;
    else take(one, line);
  }
  if (!complete) throw new TypeError("the answer ended too soon");
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield part;
  }
}

async function refusal(answer) {
  try {
    const told = await answer.json();
    return new Refused(told.error, told.subject);
  } catch {
    return new TypeError(`status ${answer.status}`);
  }
}
