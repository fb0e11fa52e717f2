import { useEffect, useState } from "preact/hooks";

export const routes = ["models", "compare", "kettles"] as const;
export type Route = (typeof routes)[number];

/** The part of the page that the address names after `#/`. */
export function useRoute(): Route {
  const [route, setRoute] = useState(current);
  useEffect(() => {
    const follow = () => setRoute(current());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

function current(): Route {
  return routes.find((route) => location.hash === `#/${route}`) ?? "models";
}
