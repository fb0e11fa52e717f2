import { useEffect } from "preact/hooks";
import { ComparePage } from "./compare/compare-page.tsx";
import { Footer } from "./footer.tsx";
import { Header } from "./header.tsx";
import { KettlesPage } from "./kettles/kettles-page.tsx";
import { useLab } from "./lab.ts";
import { ModelsPage } from "./models/models-page.tsx";
import { type Route, useRoute } from "./route.ts";
import { useSettings } from "./settings.ts";
import { Status } from "./status.tsx";
import { LanguageContext } from "./words/index.ts";

const LEAVING = ["wheel", "touchstart", "pointerdown", "keydown"];

/**
 * Shows the part of the page that the address names. What stands above it grows as it is measured, so it is kept in view until the
 * reader does something.
 */
function useScroll(route: Route): void {
  useEffect(() => {
    if (route !== "compare") {
      scrollTo(0, 0);
      return;
    }
    const observer = new ResizeObserver(() => document.getElementById("compare")?.scrollIntoView());
    observer.observe(document.body);
    const leave = () => {
      observer.disconnect();
      for (const type of LEAVING) removeEventListener(type, leave);
    };
    for (const type of LEAVING) addEventListener(type, leave, { passive: true });
    return leave;
  }, [route]);
}

/** The whole page. */
export function App() {
  const settings = useSettings();
  const lab = useLab();
  const route = useRoute();
  useScroll(route);
  return (
    <LanguageContext.Provider value={settings.language}>
      <Header route={route} settings={settings} />
      <main id="content" tabIndex={-1}>
        {route === "kettles" ? (
          <KettlesPage lab={lab} />
        ) : (
          <>
            <ModelsPage lab={lab} />
            <ComparePage lab={lab} theme={settings.shownTheme} />
          </>
        )}
      </main>
      <Status lab={lab} />
      <Footer machine={lab.machine} />
    </LanguageContext.Provider>
  );
}
