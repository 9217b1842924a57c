// Runs the function that `runInChild` names, and sends its result to the parent process.
const [moduleUrl = "", name = "", task = ""] = process.argv.slice(2);
const exported = await import(moduleUrl);
const result: unknown = await exported[name](JSON.parse(task));
// Clients may hold timers and sockets, so the process would not end by itself.
process.send?.({ result }, () => process.exit(0));
