// Asked for where the server wants an access code.

import { useState } from 'preact/hooks';
import { saveToken, savedToken } from '../api.ts';
import { useLocale } from '../i18n/index.ts';

export function TokenForm(props: { onSaved: () => void }) {
  const { t } = useLocale();
  const [token, setToken] = useState('');
  const refused = savedToken() !== '';
  const submit = (event: Event) => {
    event.preventDefault();
    saveToken(token.trim());
    props.onSaved();
  };
  return (
    <form class="card token" onSubmit={submit}>
      <h2>{t.tokenTitle}</h2>
      <p>{t.tokenText}</p>
      {refused && (
        <p class="wrong" role="alert">
          {t.tokenWrong}
        </p>
      )}
      <label class="field stacked">
        <span>{t.tokenLabel}</span>
        <input type="password" autocomplete="current-password" required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button main">
        {t.tokenEnter}
      </button>
    </form>
  );
}
