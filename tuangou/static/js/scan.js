/* A camera in the page, where the browser reads QR codes itself (BarcodeDetector). The code is an address of ours, /p/…. */
(() => {
  const box = document.querySelector('[data-scan]');
  if (!box || !window.BarcodeDetector || !navigator.mediaDevices) return;
  const [button, video, said] = box.children;
  const detector = new window.BarcodeDetector({ formats: ['qr_code'] });
  box.hidden = false;
  const look = () => detector.detect(video).then(([code]) => {
    const found = code && code.rawValue.match(/\/p\/([\w-]{16,32})\/?$/);
    if (code) said.textContent = found ? box.dataset.seen : box.dataset.other;
    if (found) window.location.assign(`/p/${found[1]}`); else setTimeout(look, 250);
  }, () => setTimeout(look, 1000));
  button.addEventListener('click', () => {
    navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).then((stream) => {
      video.srcObject = stream;
      video.hidden = false;
      button.hidden = true;
      return video.play();
    }).then(look, () => { said.textContent = box.dataset.fail; });
  });
})();
