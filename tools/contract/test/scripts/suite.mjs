// Prints the lines of a suite and ends in the given way: node suite.mjs {"end":"…"}
const { end } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));

print({ started: "passes" });
console.log("other output");
print({ name: "passes" });
print({ started: "last case" });
if (end === "dies") process.kill(process.pid, "SIGKILL");
if (end === "exits") process.exit(3);
if (end === "hangs") setInterval(() => undefined, 1000);
else {
  print({ name: "last case", failure: "broken" });
  print({ isDone: true });
  if (end === "stays") setInterval(() => undefined, 1000);
  if (end === "throws") throw new Error("thrown at the end");
}
