import { h, type JSX } from 'preact';
import * as icons from './icons';

export function Icon({ name }: { name: keyof typeof icons }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {icons[name].map(([tag, attributes]) => h(tag, attributes))}
    </svg>
  );
}
