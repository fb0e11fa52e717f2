import { useEffect } from "preact/hooks";
import { ComparePage } from "./compare/compare-page.tsx";
import { Footer } from "./footer.tsx";
import { Header } from "./header.tsx";
import { KettlesPage } from "./kettles/kettles-page.tsx";
import { useLab } from "./lab.ts";
import { ModelsPage } from "./models/models-page.tsx";
import { useRoute } from "./route.ts";
import { useSettings } from "./settings.ts";
import { Status } from "./status.tsx";
import { LanguageContext } from "./words/index.ts";

/** The whole page. */
export function App() {
  const settings = useSettings();
  const lab = useLab();
  const route = useRoute();
  useEffect(() => {
    if (route === "compare") document.getElementById("compare")?.scrollIntoView();
    else scrollTo(0, 0);
  }, [route]);
  return (
    <LanguageContext.Provider value={settings.language}>
      <Header route={route} settings={settings} />
      <main id="content" tabIndex={-1}>
        {route === "kettles" ? (
          <KettlesPage lab={lab} />
        ) : (
          <>
            <ModelsPage lab={lab} />
            <ComparePage lab={lab} theme={settings.theme} />
          </>
        )}
      </main>
      <Status lab={lab} />
      <Footer machine={lab.machine} />
    </LanguageContext.Provider>
  );
}
