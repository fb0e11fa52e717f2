import { useLayoutEffect, useState } from "preact/hooks";

/**
 * The width of an element in CSS pixels, followed as it changes; 0 until it is known.
 *
 * @returns the element's `ref`, the element, and its width
 */
export function useWidth<T extends Element>() {
  const [element, setElement] = useState<T | null>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, element, width] as const;
}
