"use client";

export function Items({ maxItems }: { maxItems: number }) {
  return <p>{`${maxItems} items`}</p>;
}
