interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly choices: readonly T[];
  readonly value: T;
  readonly show: (choice: T) => string;
  readonly onChange: (choice: T) => void;
}

/** One of a few: radio buttons that look like a switch with as many positions. */
export function Choice<T extends string>({ label, choices, value, show, onChange }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label key={choice}>
          <input type="radio" name={label} checked={choice === value} onChange={() => onChange(choice)} />
          <span>{show(choice)}</span>
        </label>
      ))}
    </fieldset>
  );
}
