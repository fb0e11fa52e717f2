import { Choice } from "./controls/choice.tsx";
import { type Route, routes } from "./route.ts";
import { type Settings, themes } from "./settings.ts";
import { type Language, languages, useWords } from "./words/index.ts";

interface HeaderProps {
  readonly route: Route;
  readonly settings: Settings;
}

/** The title, the way to the parts of the page, and what the reader prefers. */
export function Header({ route, settings }: HeaderProps) {
  const words = useWords();
  return (
    <header>
      <button type="button" class="skip" onClick={skipToContent}>
        {words.skip}
      </button>
      <div class="masthead">
        <h1>
          Pentio <span>{words.title}</span>
        </h1>
        <p>{words.subtitle}</p>
      </div>
      <div class="bar">
        <nav>
          {routes.map((name) => (
            <a key={name} href={`#/${name}`} aria-current={name === route ? "page" : undefined}>
              {words.pages[name]}
            </a>
          ))}
        </nav>
        <Preferences settings={settings} />
      </div>
    </header>
  );
}

/** A link could not do it: what follows the # in the address says which page is shown. */
function skipToContent() {
  document.getElementById("content")?.focus();
}

function Preferences({ settings }: { readonly settings: Settings }) {
  const words = useWords();
  return (
    <div class="preferences">
      <Choice
        label={words.theme.label}
        choices={themes}
        value={settings.theme}
        show={(theme) => words.theme[theme]}
        onChange={settings.setTheme}
      />
      <Choice
        label={words.language}
        choices={Object.keys(languages) as Language[]}
        value={settings.language}
        show={(language) => languages[language].name}
        onChange={settings.setLanguage}
      />
    </div>
  );
}
