import type { ApiRequest, ApiResponse } from "@flagsmith-isomorphic/testing";
import type { Fetch } from "flagsmith-isomorphic";

/** A stream of text, such as standard output. */
export interface Output {
  /** Whether a person reads it: only then are colours and moving lines used. */
  readonly isTerminal: boolean;
  /** The width of the terminal in characters. */
  readonly columns?: number | undefined;
  readonly write: (text: string) => void;
}

/** A file or folder in a folder. */
interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** The file system. Paths are absolute. */
export interface Files {
  readonly read: (path: string) => Promise<string>;
  /** Creates or replaces a file. If that fails, the previous one stays. */
  readonly write: (path: string, text: string) => Promise<void>;
  /**
   * Lists folders, files and links to files.
   *
   * @returns `undefined` if the path is no folder.
   */
  readonly list: (path: string) => Promise<readonly FolderEntry[] | undefined>;
  readonly exists: (path: string) => Promise<boolean>;
  /** Whether there is a file or a link to one. A device or a pipe may have no end. */
  readonly isFile: (path: string) => Promise<boolean>;
  /** Calls `onChange` after each change of a file. Returns a function that ends this. */
  readonly watch: (path: string, onChange: () => void) => () => void;
}

/** Everything outside of the process that commands use. Tests replace it. */
export interface Ports {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly readStdin: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly cwd: string;
  readonly fetch: Fetch;
  readonly files: Files;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set, for durations. */
  readonly monotonicNow: () => number;
  /** Calls a task repeatedly. Returns a function that ends this. */
  readonly every: (ms: number, task: () => void) => () => void;
  /** Serves HTTP on the loopback interface. Port 0 is any free port. */
  readonly serve: (
    handle: (request: ApiRequest) => Promise<ApiResponse>,
    port: number,
  ) => Promise<{ readonly origin: string; readonly close: () => Promise<void> }>;
  /** For a command that has to clean up: resolves when the user stops it. Other commands just end. */
  readonly untilStopped: () => Promise<void>;
}
