/* Passkeys on a <form data-passkey="create|get">: asks the browser with the options of #passkey, posts its answer
   in the field `credential`. Without the browser's support the form of proof stays hidden, others say so. */
(() => {
  const form = document.querySelector('form[data-passkey]');
  const given = document.getElementById('passkey');
  if (!form || !given || !window.PublicKeyCredential) return;
  form.hidden = false;
  const kind = form.dataset.passkey;
  const data = JSON.parse(given.textContent);
  const options = (data.creation_options || data.request_options).publicKey;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const listed = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const asked = { ...options, challenge: bytes(options.challenge) };
  if (options.user) asked.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) asked.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) asked.allowCredentials = listed(options.allowCredentials);

  const plain = (found) => {
    const response = {};
    ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].forEach((name) => {
      if (found.response[name]) response[name] = text(found.response[name]);
    });
    if (found.response.getTransports) response.transports = found.response.getTransports();
    return {
      id: found.id, rawId: text(found.rawId), type: found.type, response,
      authenticatorAttachment: found.authenticatorAttachment,
      clientExtensionResults: found.getClientExtensionResults(),
    };
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const said = form.querySelector('[data-fail]');
    navigator.credentials[kind]({ publicKey: asked }).then((found) => {
      form.elements.credential.value = JSON.stringify(plain(found));
      form.submit();
    }, () => { said.textContent = said.dataset.fail; });
  });
})();
