export default async (mounting) => {
  const skeleton = mounting.parentElement.querySelector("[data-ref=skeleton]");
  skeleton.textContent = mounting.data?.messages?.loading ?? "";
  return (await openLibrary(LIBRARY).arrived)(mounting);
};
