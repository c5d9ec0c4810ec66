import type { JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { ChatClient } from './client';
import { text, type Texts } from './i18n';
import { Icon } from './icon';
import { MAX_TEXT } from './protocol';

interface Props {
  client: ChatClient;
  texts: Texts;
  input: RefObject<HTMLTextAreaElement | null>;
  offered: string;
}

const MAX_HEIGHT = 128;

export function Composer({ client, texts, input, offered }: Props): JSX.Element {
  const [draft, setDraft] = useState('');
  const over = [...draft].length - MAX_TEXT;
  const ready = draft.trim() !== '' && over <= 0 && client.connection !== 'refused';

  useEffect(() => {
    if (offered) setDraft((now) => now || offered);
  }, [offered]);
  useLayoutEffect(() => {
    const area = input.current;
    if (!area) return;
    area.style.setProperty('height', 'auto');
    area.style.setProperty('height', `${Math.min(area.scrollHeight, MAX_HEIGHT)}px`);
    area.style.setProperty('overflow-y', area.scrollHeight > MAX_HEIGHT ? 'auto' : 'hidden');
  }, [draft, client.connection]);

  const send = (): void => {
    if (!ready) return;
    client.send(draft.trim());
    setDraft('');
    input.current?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // keyCode 229: a key an input method is still composing with.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      class="composer"
      part="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="field">
        <textarea
          ref={input}
          rows={1}
          value={draft}
          placeholder={texts.placeholder}
          aria-label={texts.placeholder}
          aria-invalid={over > 0}
          enterkeyhint="send"
          onInput={(event) => {
            setDraft(event.currentTarget.value);
            client.type(event.currentTarget.value !== '');
          }}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" aria-label={texts.send} disabled={!ready}>
          <Icon name="send" />
        </button>
      </div>
      <p class={over > 0 ? 'hint over' : 'hint'} role={over > 0 ? 'alert' : undefined}>
        {over > 0 ? text(texts.tooLong, { n: over }) : client.state === 'assigned' ? '' : texts.disclosure}
      </p>
    </form>
  );
}
