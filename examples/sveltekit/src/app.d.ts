import type { Flags } from "flagsmith-isomorphic";

declare global {
  namespace App {
    interface Locals {
      flags: Flags;
    }
  }
}
